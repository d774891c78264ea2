import { closeSync, openSync } from 'node:fs'
import { acquireLock, type EngineName } from '@holdfast/file-lock'
import native from 'fs-native-extensions'
import ProperLockfile from 'proper-lockfile'

/** Takes the lock of `path`, waiting as long as it takes; the answer gives it back. */
type Take = (path: string) => Promise<() => unknown>

const ours =
  (engine: EngineName): Take =>
  async (path) => {
    const lock = await acquireLock(path, { engine, waitMs: 600_000 })
    return () => lock.release()
  }

const library =
  (minTimeout: number, maxTimeout: number): Take =>
  (path) => {
    // `realpath: false` is quicker, and so fairer to it.
    const retries = { forever: true, minTimeout, maxTimeout, randomize: true }
    return ProperLockfile.lock(path, { realpath: false, retries })
  }

const descriptors = new Map<string, number>()

/** What can be locked with; each has the file `path` to lock on. */
export const takers: Readonly<Record<string, Take>> = {
  'proper-lockfile 4.1.2, retrying every 5-20 ms': library(5, 20),
  'proper-lockfile 4.1.2, retrying every 100-1000 ms': library(100, 1000),
  'file-lock, proper-lockfile (default)': ours('proper-lockfile'),
  'file-lock, direct': ours('direct'),
  'file-lock, kernel': ours('kernel'),
  /** The limit: one call of the system, no owner, no fence, native code. */
  'fs-native-extensions (OFD lock)': async (path) => {
    const fd = descriptors.get(path) ?? openSync(path, 'r+')
    descriptors.set(path, fd)
    if (!native.tryLock(fd)) await native.waitForLock(fd)
    return () => native.unlock(fd)
  },
}

export const closeAll = (): void => {
  for (const fd of descriptors.values()) closeSync(fd)
  descriptors.clear()
}
