/** Thrown for an argument that is not as it may be. Nothing was learned and nothing written. */
export class BanditStoreInputError extends Error {
  override readonly name = 'BanditStoreInputError'
  readonly code = 'BANDIT_STORE_INPUT'
  /** Path of the argument, for example `context[3]`. */
  readonly field: string

  constructor(field: string, mayBe: string, was: unknown) {
    super(`${field} must be ${mayBe}, got ${shown(was)}`)
    this.field = field
  }
}

/**
 * Thrown when a lesson could not be written. It is learned in this process, and written as soon as that is
 * possible; until then it is lost if the process ends. Telling it again, here or elsewhere, is safe.
 * `cause` is the system's error.
 */
export class BanditStoreWriteError extends Error {
  override readonly name = 'BanditStoreWriteError'
  readonly code = 'BANDIT_STORE_WRITE'
  readonly directory: string

  constructor(directory: string, cause: unknown) {
    super(`${directory}: learned, but not yet written: ${messageOf(cause)}`, { cause })
    this.directory = directory
  }
}

/** Thrown when so much waits to be written already that no more is taken. The lesson was not learned. */
export class BanditStoreFullError extends Error {
  override readonly name = 'BanditStoreFullError'
  readonly code = 'BANDIT_STORE_FULL'
  readonly directory: string

  constructor(directory: string, unsaved: number, cause: unknown) {
    super(
      `${directory}: ${unsaved} lessons wait to be written already, and it fails: ${messageOf(cause)}`,
      { cause },
    )
    this.directory = directory
  }
}

/** Thrown by every call to a store that was closed. */
export class BanditStoreClosedError extends Error {
  override readonly name = 'BanditStoreClosedError'
  readonly code = 'BANDIT_STORE_CLOSED'

  constructor() {
    super('the store is closed')
  }
}

/** Thrown when what is stored was learned from contexts of another length, or in other epochs. It was not touched. */
export class BanditStoreMismatchError extends Error {
  override readonly name = 'BanditStoreMismatchError'
  readonly code = 'BANDIT_STORE_MISMATCH'
  readonly path: string
  readonly field: 'dim' | 'epochMs'
  /** What it was learned with. */
  readonly was: number

  constructor(path: string, field: 'dim' | 'epochMs', expected: number, was: number) {
    super(`${path}: was learned with ${field} ${was}, and cannot go on with ${expected}`)
    this.path = path
    this.field = field
    this.was = was
  }
}

/** Thrown when what is stored was written by a newer release of this package. It was not touched. */
export class BanditStoreVersionError extends Error {
  override readonly name = 'BanditStoreVersionError'
  readonly code = 'BANDIT_STORE_VERSION'
  readonly path: string
  readonly version: number

  constructor(path: string, version: number) {
    super(`${path}: is of version ${version}, newer than this package knows`)
    this.path = path
    this.version = version
  }
}

/** Thrown when what is stored is damaged beyond its spare copy. It was not touched. */
export class BanditStoreBrokenError extends Error {
  override readonly name = 'BanditStoreBrokenError'
  readonly code = 'BANDIT_STORE_BROKEN'
  readonly path: string

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, { cause })
    this.path = path
  }
}

/** A value as an error message shows it: short, and never a context of 4096 numbers. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  }
  return String(value)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system's name of an error, such as `ENOENT`; empty when it has none. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}
