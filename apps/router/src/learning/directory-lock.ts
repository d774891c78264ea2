import {
  acquireLock,
  tryLock,
  type AcquireLockOptions,
  type Lock,
  type LockExistsError,
  type LockTimeoutError,
} from '@holdfast/file-lock'
import type { Observe } from '@holdfast/seams'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RouterFact } from '../tell/facts.ts'

/** Thrown when another router works in the data directory. Nothing in it was touched. */
class DirectoryTakenError extends Error {
  override readonly name = 'DirectoryTakenError'
  readonly code = 'ROUTER_DIRECTORY_TAKEN'
  readonly directory: string

  constructor(directory: string, pid: number | null, cause: unknown) {
    const who = pid === null ? '' : ` (process ${pid})`
    super(
      `another router works in ${directory}${who}: stop it, or give this one its own directory with --data-dir`,
      { cause },
    )
    this.directory = directory
  }
}

export interface DirectoryPlace {
  readonly dataDir: string
  /** How long to wait for another router to end, in ms ≥ 0. */
  readonly lockTimeoutMs: number
}

/** Keeps other routers out of the data directory, until it is released. */
export interface DirectoryLock {
  /** Whether it was found lost, so that another router may be at work here. */
  readonly isLost: boolean
  /** Never throws. */
  release(): Promise<void>
}

/**
 * Takes the data directory for this router, waiting for another that is about to end.
 * @throws {DirectoryTakenError} if it does not, and the system's error if the directory cannot be made.
 */
export async function lockDirectory(
  { dataDir, lockTimeoutMs }: DirectoryPlace,
  observe: Observe<RouterFact>,
  signal?: AbortSignal,
): Promise<DirectoryLock> {
  makeDirectory(dataDir)
  const path = join(dataDir, 'router')
  const options: AcquireLockOptions = {
    waitMs: lockTimeoutMs,
    // It tells a router that died in another container of this machine, as when a container is started anew, from one that lives.
    engine: 'kernel',
    createDirectory: true,
    signal,
  }
  let lock: Lock
  try {
    lock = await take(path, options, observe)
  } catch (error) {
    const { code, owner } = error as Partial<LockTimeoutError>
    if (code !== 'LOCK_TIMEOUT') throw error
    throw new DirectoryTakenError(dataDir, owner?.pid ?? null, error)
  }
  lock.signal.addEventListener('abort', () =>
    observe({ kind: 'router.lock-lost', path, error: lock.signal.reason }),
  )
  return {
    get isLost() {
      return lock.signal.aborted
    },
    // A lock that was lost was told as a fact, and one that cannot be given back ends with this process.
    release: () => lock.release().catch(() => {}),
  }
}

/** Waits only after it has said for whom. */
async function take(
  path: string,
  options: AcquireLockOptions,
  observe: Observe<RouterFact>,
): Promise<Lock> {
  try {
    return await tryLock(path, options)
  } catch (error) {
    const { code, owner } = error as Partial<LockExistsError>
    if (code !== 'LOCK_EXISTS') throw error
    const { waitMs = 0 } = options
    if (waitMs > 0) {
      observe({ kind: 'router.waiting-for-lock', path, ownerPid: owner?.pid ?? null, waitMs })
    }
    return await acquireLock(path, options)
  }
}

/** Node's own `recursive` never returns below /proc, whose directories exist and take no other. */
function makeDirectory(path: string): void {
  const parent = dirname(path)
  try {
    mkdirSync(path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error
    if (!existsSync(parent)) makeDirectory(parent)
    // Once more where the parent is there by now, whoever made it.
    try {
      mkdirSync(path)
    } catch (again) {
      if (codeOf(again) !== 'EEXIST') throw again
    }
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
