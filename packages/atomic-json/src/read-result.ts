import type { StandardSchemaV1 } from '@standard-schema/spec'

/** What a read found. `path` is as the caller gave it; `reason` is one sentence for people. */
export type JsonRead<T> = JsonOk<T> | JsonMissing | JsonBroken

/** A whole value. */
export interface JsonOk<T> {
  readonly kind: 'ok'
  readonly path: string
  readonly reason: string
  readonly value: T
  /** Where the value came from. Anything but `file` means that the file itself was broken or gone. */
  readonly source: JsonSource
  /** The envelope's count of replacements, ≥ 1. Null without an envelope, and for a default. */
  readonly generation: number | null
  /** The fence in the file's name. Null unless read with `fenced`, and for a default. */
  readonly fence: number | null
}

export type JsonSource =
  | { readonly kind: 'file' }
  | {
      readonly kind: 'generation'
      /** The earlier file whose content is used, absolute. */
      readonly file: string
      readonly instead: JsonMissing | JsonBroken
    }
  | { readonly kind: 'default'; readonly instead: JsonBroken }

/** No file: nothing was ever written, or someone removed it. */
export interface JsonMissing {
  readonly kind: 'missing'
  readonly path: string
  readonly reason: string
}

/** A file that cannot be trusted. It was not changed; `keptAt` says whether it was moved. */
export type JsonBroken =
  | BrokenBecause<'empty' | 'invalid' | 'checksum' | 'too-large'>
  | SchemaBroken

interface BrokenBecause<K extends string> {
  readonly kind: K
  readonly path: string
  readonly reason: string
  /** Where the bad file was moved, absolute. Null while it is still in its place. */
  readonly keptAt: string | null
}

interface SchemaBroken extends BrokenBecause<'schema'> {
  /** What the schema found wrong, in its own words. */
  readonly issues: readonly StandardSchemaV1.Issue[]
}
