/** Why a state file cannot be used. */
export interface CorruptState {
  readonly kind: 'corrupt'
  readonly path: string
  /** One sentence for people. */
  readonly reason: string
}

/**
 * Thrown instead of going on from a state that cannot be trusted. The file is where it was, as it was: it must not pass for an
 * empty one, or everything would be processed again. Decide: `recoverRunState` from the listings, or `writeState`; both keep the bad
 * file aside.
 */
export class RunStateCorruptError extends Error {
  override readonly name = 'RunStateCorruptError'
  readonly code = 'RUN_STATE_CORRUPT'
  readonly path: string
  readonly reason: string

  constructor({ path, reason }: Omit<CorruptState, 'kind'>, cause?: unknown) {
    super(`${path}: ${reason}`, { cause })
    this.path = path
    this.reason = reason
  }
}

/**
 * Thrown instead of reading or replacing a state that a later release has written. It is sound, and must not pass for corrupt: what
 * is in it would be lost. The file is where it was, as it was.
 */
export class RunStateVersionError extends Error {
  override readonly name = 'RunStateVersionError'
  readonly code = 'RUN_STATE_VERSION'
  readonly path: string
  /** The version of the file's form. */
  readonly version: number

  constructor(path: string, version: number) {
    super(`${path}: a later release has written it (version ${version}; this one knows version 1)`)
    this.path = path
    this.version = version
  }
}

/**
 * Thrown when results could not be written; `cause` says why. The file is as it was, unless `cause` says that the write was only
 * not confirmed. The results are not forgotten: they are written with the next ones, or by `flush()`. Do not tell them again.
 */
export class RunStateNotRecordedError extends Error {
  override readonly name = 'RunStateNotRecordedError'
  readonly code = 'RUN_STATE_NOT_RECORDED'
  readonly path: string
  /** How many results wait to be written. */
  readonly waiting: number

  constructor(path: string, waiting: number, cause: unknown) {
    super(`${path}: ${waiting} results are not written yet: ${messageOf(cause)}`, { cause })
    this.path = path
    this.waiting = waiting
  }
}

/** Thrown when a result comes in vain. It was not taken in. */
export class RunTrackerRefusedError extends Error {
  override readonly name = 'RunTrackerRefusedError'
  readonly code: RunTrackerRefusedCode
  readonly path: string

  constructor(code: RunTrackerRefusedCode, path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.code = code
    this.path = path
  }
}

/** `RUN_TRACKER_CLOSED`: it was closed before. `RUN_TRACKER_FULL`: too many results wait to be written. */
export type RunTrackerRefusedCode = 'RUN_TRACKER_CLOSED' | 'RUN_TRACKER_FULL'

/** Thrown when a run file or a failure log could not be read or replaced; `cause` is the system's error. It is as it was. */
export class RunFileError extends Error {
  override readonly name = 'RunFileError'
  readonly code: RunFileCode
  readonly path: string

  constructor(code: RunFileCode, path: string, cause: unknown) {
    super(`${path}: ${messageOf(cause)}`, { cause })
    this.code = code
    this.path = path
  }
}

/** Which of the two failed; or the directory is missing in which a tracker is to keep its file. */
export type RunFileCode = 'RUN_FILE_NOT_READ' | 'RUN_FILE_NOT_WRITTEN' | 'RUN_FILE_NO_DIRECTORY'

/** The literal code of an error; empty when it has none. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
