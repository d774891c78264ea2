import { dirname } from 'node:path'
import type { Clock, Observe, Random } from '@holdfast/seams'
import { createMissing } from './directory.ts'
import { compressed, type Compression } from './encoding.ts'
import { printEnvelope } from './envelope.ts'
import { JsonNotWrittenError, JsonSchemaError, systemCode } from './errors.ts'
import type { JsonFact } from './facts.ts'
import { fallbacksOf, keepGeneration, namesBeside, removeLowerFences } from './fallback.ts'
import { fencedPath, fencesOf, temporaryPath } from './file-names.ts'
import { lookAt, type Look } from './look.ts'
import type { FileIdentity } from './read-file.ts'
import type { JsonRead } from './read-result.ts'
import { replaceFile, type Durability } from './replace-file.ts'
import { validate } from './schema.ts'
import type { Steps } from './steps.ts'
import { sweep } from './sweep.ts'
import { notWritten } from './system-error.ts'

/** What a replacement did. */
export interface JsonWritten {
  /** `overtaken`: newer content of this process was already in place, so nothing was written. */
  readonly kind: 'written' | 'overtaken'
  readonly path: string
  /** The file that holds the content: absolute, links followed, with the fence in its name. */
  readonly file: string
  /** On disk, after compression. 0 when overtaken. */
  readonly sizeBytes: number
  /** The envelope's count of replacements. Null without an envelope, and when overtaken. */
  readonly generation: number | null
}

/** One replacement, with everything settled but what the disk holds when its turn comes. */
export interface Replacement<T> extends Look<T> {
  /** Absolute, links followed, without fence. */
  readonly target: string
  /** Where the content goes: the target, or its name under the fence. */
  readonly file: string
  readonly fence: number | null
  /** The value as JSON; compact when it goes into an envelope. */
  readonly text: string
  readonly pretty: boolean
  readonly durability: Durability
  readonly generations: number
  readonly compress: Compression | undefined
  readonly createDirectory: boolean
  readonly mode: number
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal | undefined
  readonly observe: Observe<JsonFact>
}

/** The one moment that counts, between calls of one process. */
export interface Publication {
  readonly isWanted: () => boolean
  readonly onPublished: () => void
}

/** Carries out a replacement when its turn has come, and tells how it went. */
export function* replace<T>(
  replacement: Replacement<T>,
  publication: Publication,
): Steps<JsonWritten> {
  const { path, durability, clock, observe } = replacement
  const startMs = clock.monotonicMs()
  try {
    replacement.signal?.throwIfAborted()
    const written = yield* write(replacement, publication)
    const { sizeBytes, generation } = written
    const tookMs = clock.monotonicMs() - startMs
    if (written.kind === 'overtaken') observe({ kind: 'json.overtaken', path })
    else observe({ kind: 'json.replaced', path, sizeBytes, durability, generation, tookMs })
    return written
  } catch (error) {
    const failure = notWritten(path, error)
    observe({ kind: 'json.write-failed', path, code: systemCode(failure) })
    throw failure
  }
}

function* write<T>(replacement: Replacement<T>, publication: Publication): Steps<JsonWritten> {
  const { path, target, file, durability, mode, random, clock, observe } = replacement
  const overtaken = { kind: 'overtaken', path, file, sizeBytes: 0, generation: null } as const
  if (!publication.isWanted()) return overtaken
  yield* checkValue(replacement)
  if (replacement.createDirectory) yield* createMissing(dirname(file), durability)
  const highest = highestFence(replacement)
  const files = sweep(target, clock)
  if (files > 0) observe({ kind: 'json.swept', path, files })

  const stock = yield* takeStock(replacement)
  const bytes = contentOf(replacement, stock.generation)
  const isPublished = yield* replaceFile({
    path,
    target: file,
    stem: target,
    bytes,
    durability,
    predecessor: highest === null ? null : fencedPath(target, highest),
    mode,
    random,
    isWanted: publication.isWanted,
    onReady: () => keepWhole(replacement, stock.whole),
    onPublished: publication.onPublished,
    onOwnerChanged: () => observe({ kind: 'json.owner-changed', path }),
  })
  if (!isPublished) return overtaken
  dropLowerFences(replacement)
  const { generation } = stock
  return { kind: 'written', path, file, sizeBytes: bytes.length, generation }
}

/** Asks the schema about what a reader would get, which a toJSON may have made different. */
function* checkValue<T>({ path, text, schema }: Replacement<T>): Steps<void> {
  if (schema === undefined) return
  const validated = yield* validate(schema, JSON.parse(text))
  if (validated.kind === 'schema') {
    throw new JsonSchemaError(path, validated.reason, validated.issues)
  }
}

/** The highest fence that has published; null when there is none. @throws {JsonNotWrittenError} if ours is lower. */
function highestFence({ path, target, fence }: Replacement<unknown>): number | null {
  if (fence === null) return null
  const [highest] = fencesOf(target, namesBeside(target))
  if (highest === undefined || highest <= fence) return highest ?? null
  const reason = `fence ${fence} is lower than ${highest}, which has already published`
  throw new JsonNotWrittenError('JSON_STALE_FENCE', path, reason)
}

interface Stock {
  /** The number of the new content, in an envelope. */
  readonly generation: number | null
  /** The current file, where it proved whole and generations are kept. */
  readonly whole: FileIdentity | null
}

/** Looks at the current file, where anything depends on it. */
function* takeStock<T>(replacement: Replacement<T>): Steps<Stock> {
  const { path, file, envelope, generations, observe } = replacement
  if (!envelope && generations === 0) return { generation: null, whole: null }
  const { read, identity } = yield* lookAt(file, replacement)
  if (generations > 0 && read.kind !== 'ok' && read.kind !== 'missing') {
    observe({ kind: 'json.generation-skipped', path, found: read.kind, reason: read.reason })
  }
  return {
    generation: envelope ? (yield* lastGeneration(replacement, read)) + 1 : null,
    whole: generations > 0 && read.kind === 'ok' ? identity : null,
  }
}

function keepWhole(replacement: Replacement<unknown>, whole: FileIdentity | null): void {
  if (whole === null) return
  const { target, file, generations, random } = replacement
  keepGeneration(file, whole, generations, temporaryPath(target, process.pid, random.hex(16)))
}

/** The number of the current content or, where that is broken or gone, of the newest that is whole. */
function* lastGeneration<T>(replacement: Replacement<T>, read: JsonRead<T>): Steps<number> {
  if (read.kind === 'ok') return read.generation ?? 0
  const { file, target, fence } = replacement
  for (const fallback of fallbacksOf(file, fence === null ? null : target)) {
    const { read: earlier } = yield* lookAt(fallback, replacement)
    if (earlier.kind === 'ok') return earlier.generation ?? 0
  }
  return 0
}

function contentOf(replacement: Replacement<unknown>, generation: number | null): Buffer {
  const { path, text, pretty, maxBytes, compress } = replacement
  const content = generation === null ? text : printEnvelope(text, generation, pretty)
  const bytes = Buffer.from(`${content}\n`, 'utf8')
  if (bytes.length > maxBytes) {
    const reason = `its text has ${bytes.length} bytes, more than ${maxBytes}`
    throw new JsonNotWrittenError('JSON_TOO_LARGE', path, reason)
  }
  return compressed(bytes, compress)
}

function dropLowerFences({ target, fence, generations }: Replacement<unknown>): void {
  if (fence === null) return
  try {
    removeLowerFences(target, fence, generations)
  } catch {
    // The new file is in place and readers take it. The next replacement removes what is left.
  }
}
