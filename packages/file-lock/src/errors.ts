import type { LockOwner } from './owner.ts'

/** Thrown by `acquireLock` when another holder kept the lock for `waitMs`. Nothing was changed. */
export class LockTimeoutError extends Error {
  override readonly name = 'LockTimeoutError'
  readonly code = 'LOCK_TIMEOUT'
  readonly path: string
  /** How long was waited, in ms. */
  readonly waitedMs: number
  /** Who held it last; null for a holder that leaves no record, such as a bare proper-lockfile. */
  readonly owner: LockOwner | null

  constructor(path: string, waitedMs: number, owner: LockOwner | null, cause?: unknown) {
    super(
      `${path}: not locked after ${Math.round(waitedMs)} ms, held by ${nameOf(owner)}`,
      cause === undefined ? {} : { cause },
    )
    this.path = path
    this.waitedMs = waitedMs
    this.owner = owner
  }
}

/** Thrown by `tryLock` when the lock has a holder. Nothing was changed, the holder's record least of all. */
export class LockExistsError extends Error {
  override readonly name = 'LockExistsError'
  readonly code = 'LOCK_EXISTS'
  readonly path: string
  /** Who holds it; null for a holder that leaves no record, or one who has only just come. */
  readonly owner: LockOwner | null

  constructor(path: string, owner: LockOwner | null) {
    super(`${path}: already locked by ${nameOf(owner)}`)
    this.path = path
    this.owner = owner
  }
}

/**
 * The lock is not ours any more: it was broken, taken over, or removed by hand. Someone else may hold it, and may have
 * held it for a while: what was written since then must be looked at, unless the fence protected it.
 */
export class LockLostError extends Error {
  override readonly name = 'LockLostError'
  readonly code = 'LOCK_LOST'
  readonly path: string
  /** The number under which it was held. */
  readonly fence: number

  constructor(
    path: string,
    fence: number,
    how: 'was broken, taken over or removed' | 'was given back',
    cause?: unknown,
  ) {
    super(
      `${path}: the lock held under fence ${fence} is gone: it ${how}`,
      cause === undefined ? {} : { cause },
    )
    this.path = path
    this.fence = fence
  }
}

/**
 * Thrown at once when code that runs inside the work of a `withLock` asks for the same lock: it would wait for
 * itself. The outer lock is still held.
 */
export class LockReentrantError extends Error {
  override readonly name = 'LockReentrantError'
  readonly code = 'LOCK_REENTRANT'
  readonly path: string

  constructor(path: string) {
    super(
      `${path}: already locked by the work that asks for it; hand it on instead of asking again`,
    )
    this.path = path
  }
}

/** Why a lock could not be worked with at all. */
export type LockFailedCode =
  | 'LOCK_DIRECTORY_MISSING'
  | 'LOCK_NOT_A_DIRECTORY'
  | 'LOCK_PERMISSION'
  | 'LOCK_READ_ONLY'
  | 'LOCK_DISK_FULL'
  | 'LOCK_VERSION'
  | 'LOCK_ENGINE'
  | 'LOCK_IO'

/** Thrown at once when the system or an engine failed, which says nothing about other holders. */
export class LockFailedError extends Error {
  override readonly name = 'LockFailedError'
  readonly code: LockFailedCode
  readonly path: string

  constructor(code: LockFailedCode, path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, cause === undefined ? {} : { cause })
    this.code = code
    this.path = path
  }
}

const FAILURES: Readonly<Record<string, readonly [LockFailedCode, string]>> = {
  ENOENT: ['LOCK_DIRECTORY_MISSING', 'there is no directory to lock in'],
  ENOTDIR: ['LOCK_NOT_A_DIRECTORY', 'something that is no directory stands where one belongs'],
  EEXIST: ['LOCK_NOT_A_DIRECTORY', 'something that is no directory stands where one belongs'],
  EACCES: ['LOCK_PERMISSION', 'no permission to lock here'],
  EPERM: ['LOCK_PERMISSION', 'no permission to lock here'],
  EROFS: ['LOCK_READ_ONLY', 'the file system is read-only'],
  ENAMETOOLONG: ['LOCK_IO', 'the name is too long: with ".lock" it may have 255 bytes'],
  ENOSPC: ['LOCK_DISK_FULL', 'the disk is full'],
  EDQUOT: ['LOCK_DISK_FULL', 'the disk quota is used up'],
}

/** Names a failure of the system; what is not the system's passes through. */
export function lockFailure(path: string, error: unknown): unknown {
  const code = systemCode(error)
  // The system's codes are EIO, ENOENT and so on; Node's own, for bugs, begin with ERR_.
  if (!/^(?:E(?!RR_)|UNKNOWN$)/.test(code)) return error
  const [ours, reason] = FAILURES[code] ?? ['LOCK_IO', 'the system refused']
  return new LockFailedError(ours, path, `${reason} (${messageOf(error)})`, error)
}

/** The system's own word for an error, such as `ENOSPC`; empty when it has none. */
export function systemCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function nameOf(owner: LockOwner | null): string {
  if (owner === null) return 'a holder that left no record'
  const { pid, threadId, engine, sinceMs } = owner
  const thread = threadId === null || threadId === pid ? '' : ` thread ${threadId}`
  const self = pid === process.pid ? 'this very ' : ''
  return `${self}process ${pid}${thread} (${engine}) since ${moment(sinceMs)}`
}

/** The owner wrote its clock down, whatever that showed: a time no calendar has is told as it is. */
function moment(atMs: number): string {
  const date = new Date(atMs)
  return Number.isNaN(date.getTime()) ? `${atMs} ms` : date.toISOString()
}
