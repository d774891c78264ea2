import { join, relative, sep } from 'node:path'
import { inspectLock, type LockInspection } from '@holdfast/file-lock'
import type { Context } from '../command.ts'
import { walk } from '../walk.ts'

/** A lock of the data directory. */
export interface NamedLock {
  /** Its path below the data directory, without `.lock`, with forward slashes. */
  readonly name: string
  /** What is locked, absolute: the lock is the directory `<path>.lock`. */
  readonly path: string
  readonly seen: LockInspection
}

const SUFFIX = '.lock'

export interface FoundLocks {
  /** By name. */
  readonly locks: readonly NamedLock[]
  /** Directories that this user may not look into, absolute: locks in them are not seen. */
  readonly closed: readonly string[]
}

/** Every lock below the data directory. Changes nothing. */
export async function findLocks({
  dataDir,
  clock,
}: Pick<Context, 'dataDir' | 'clock'>): Promise<FoundLocks> {
  const { entries, closed } = await walk(dataDir)
  const paths = entries
    .filter((entry) => entry.isDirectory() && entry.name.endsWith(SUFFIX))
    .map(({ parentPath, name }) => join(parentPath, name).slice(0, -SUFFIX.length))
  const found = await Promise.all(
    paths.map(async (path) => ({
      name: relative(dataDir, path).split(sep).join('/'),
      path,
      seen: await inspectLock(path, { clock }),
    })),
  )
  return { locks: found.toSorted((a, b) => (a.name < b.name ? -1 : 1)), closed }
}
