import {
  acquireLock,
  tryLock,
  type AcquireLockOptions,
  type Lock,
  type LockExistsError,
  type LockTimeoutError,
} from '@holdfast/file-lock'
import type { Observe } from '@holdfast/seams'
import { join } from 'node:path'
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
  /** May lie outside the data directory, and is locked for itself. */
  readonly statePath: string
  /** How long to wait for another router to end, in ms ≥ 0. */
  readonly lockTimeoutMs: number
}

/** What this router alone may write to, until it is released. */
export interface DirectoryLock {
  /** Whether it was found lost: nothing is saved any more. */
  readonly isLost: boolean
  /** Looks, now. @throws the error of file-lock if another process may write here. */
  assertValid(): void
  /** Never throws. */
  release(): Promise<void>
}

/**
 * Takes the data directory and the state file for this process, waiting for another router that is about to end.
 * @throws {DirectoryTakenError} if it does not.
 */
export async function lockDirectory(
  { dataDir, statePath, lockTimeoutMs }: DirectoryPlace,
  observe: Observe<RouterFact>,
  signal?: AbortSignal,
): Promise<DirectoryLock> {
  const options: AcquireLockOptions = {
    waitMs: lockTimeoutMs,
    // It tells a router that died in another container of this machine, as when a container is started anew, from one that lives.
    engine: 'kernel',
    createDirectory: true,
    signal,
  }
  const held: Lock[] = []
  // A lock that was lost was told as a fact, and one that cannot be given back ends with this process.
  const release = async (): Promise<void> => {
    for (const lock of held.splice(0)) await lock.release().catch(() => {})
  }
  try {
    for (const path of [statePath, join(dataDir, 'router')]) {
      const lock = await take(path, options, observe)
      held.unshift(lock)
      lock.signal.addEventListener('abort', () =>
        observe({ kind: 'router.lock-lost', path, error: lock.signal.reason }),
      )
    }
  } catch (error) {
    await release()
    const { code, owner } = error as Partial<LockTimeoutError>
    if (code !== 'LOCK_TIMEOUT') throw error
    throw new DirectoryTakenError(dataDir, owner?.pid ?? null, error)
  }
  const assertValid = (): void => {
    for (const lock of held) lock.assertValid()
  }
  return {
    get isLost() {
      return held.some(({ signal }) => signal.aborted)
    },
    assertValid,
    release,
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
