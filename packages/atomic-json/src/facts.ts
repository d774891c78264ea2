import type { Durability } from './replace-file.ts'
import type { JsonBroken } from './read-result.ts'

/** Everything worth knowing that this package does or finds. `path` is as the caller gave it. */
export type JsonFact =
  | {
      readonly kind: 'json.replaced'
      readonly path: string
      /** On disk, after compression. */
      readonly sizeBytes: number
      readonly durability: Durability
      readonly generation: number | null
      /** From the start of the write, without the wait in line. */
      readonly tookMs: number
    }
  /** A later `replaceJsonSync` had already put newer content in place. */
  | { readonly kind: 'json.overtaken'; readonly path: string }
  /** A replacement threw; `code` is the error's. */
  | { readonly kind: 'json.write-failed'; readonly path: string; readonly code: string }
  /** The owner of the old file could not be kept: only root may give a file away. */
  | { readonly kind: 'json.owner-changed'; readonly path: string }
  /** The file to be replaced was no whole value, so it did not become a generation. */
  | {
      readonly kind: 'json.generation-skipped'
      readonly path: string
      readonly found: JsonBroken['kind']
      readonly reason: string
    }
  /** Temporary files of dead writers were removed. */
  | { readonly kind: 'json.swept'; readonly path: string; readonly files: number }
  /** A read found a file it cannot trust. */
  | {
      readonly kind: 'json.corrupt'
      readonly path: string
      readonly found: JsonBroken['kind']
      readonly reason: string
      readonly keptAt: string | null
    }
  /** The bad file could not be moved aside, so it is still in its place. */
  | { readonly kind: 'json.aside-failed'; readonly path: string; readonly reason: string }
  /** An earlier generation took the place of a file that was broken or gone. */
  | {
      readonly kind: 'json.recovered'
      readonly path: string
      readonly file: string
      readonly generation: number | null
    }
  /** No whole generation was left, or none was asked for: the caller's default is used. */
  | { readonly kind: 'json.defaulted'; readonly path: string }
