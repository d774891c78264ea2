import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonBroken } from './read-result.ts'

/** Thrown before anything is written, for a value that JSON cannot say. The old file is untouched. */
export class JsonValueError extends Error {
  override readonly name = 'JsonValueError'
  readonly code = 'JSON_VALUE'
  /** Where in the value, such as `$.arms[3].mean`. */
  readonly jsonPath: string
  /** What cannot be printed there. */
  readonly reason: string

  constructor(jsonPath: string, reason: string, cause?: unknown) {
    super(`${jsonPath}: ${reason}`, { cause })
    this.jsonPath = jsonPath
    this.reason = reason
  }
}

/** Thrown before anything is written, for a value its schema refuses. The old file is untouched. */
export class JsonSchemaError extends Error {
  override readonly name = 'JsonSchemaError'
  readonly code = 'JSON_SCHEMA'
  readonly path: string
  readonly issues: readonly StandardSchemaV1.Issue[]

  constructor(path: string, reason: string, issues: readonly StandardSchemaV1.Issue[]) {
    super(`${path}: not written, ${reason}`)
    this.path = path
    this.issues = issues
  }
}

/** Thrown by a read under `onCorrupt: 'throw'`. The file is where it was, as it was. */
export class JsonCorruptError extends Error {
  override readonly name = 'JsonCorruptError'
  readonly code = 'JSON_CORRUPT'
  readonly path: string
  /** What was found: its `kind`, its `reason`. */
  readonly found: JsonBroken

  constructor(found: JsonBroken) {
    super(`${found.path}: ${found.kind}, ${found.reason}`)
    this.path = found.path
    this.found = found
  }
}

/** Why a replacement did not happen. */
export type JsonNotWrittenCode =
  | 'JSON_DIRECTORY_MISSING'
  | 'JSON_IS_DIRECTORY'
  | 'JSON_PERMISSION'
  | 'JSON_READ_ONLY'
  | 'JSON_DISK_FULL'
  | 'JSON_TOO_LARGE'
  | 'JSON_STALE_FENCE'
  | 'JSON_QUEUE_FULL'
  | 'JSON_NOT_WRITTEN'

/**
 * Thrown when a replacement did not happen: the old file is untouched, and nothing is left beside it.
 * `cause` is the system's error, where there was one.
 */
export class JsonNotWrittenError extends Error {
  override readonly name = 'JsonNotWrittenError'
  readonly code: JsonNotWrittenCode
  readonly path: string

  constructor(code: JsonNotWrittenCode, path: string, reason: string, cause?: unknown) {
    super(`${path}: not written, ${reason}`, { cause })
    this.code = code
    this.path = path
  }
}

/**
 * Thrown when the new content is in place, whole, and every reader sees it, but the system would not
 * confirm that it is on disk: after a power cut the old content may be back. Writing again is safe.
 */
export class JsonNotDurableError extends Error {
  override readonly name = 'JsonNotDurableError'
  readonly code = 'JSON_NOT_DURABLE'
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`${path}: written, but not proven durable: ${messageOf(cause)}`, { cause })
    this.path = path
  }
}

/** Why a file could not be read at all. */
export type JsonNotReadCode = 'JSON_PERMISSION' | 'JSON_IS_DIRECTORY' | 'JSON_NOT_READ'

/** Thrown when the system would not give the file's bytes, so nothing is known of its content. */
export class JsonNotReadError extends Error {
  override readonly name = 'JsonNotReadError'
  readonly code: JsonNotReadCode
  readonly path: string

  constructor(code: JsonNotReadCode, path: string, reason: string, cause?: unknown) {
    super(`${path}: not read, ${reason}`, { cause })
    this.code = code
    this.path = path
  }
}

/** The system's own word for an error, such as `ENOSPC`; empty when it has none. */
export function systemCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
