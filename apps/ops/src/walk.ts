import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What was seen below a directory while others go on there. */
export interface Walked {
  readonly entries: readonly Dirent[]
  /** Directories that this user may not look into, absolute. */
  readonly closed: readonly string[]
}

/** Root's own, at the top of a disk: nothing of ours is in it. */
const OF_THE_DISK = 'lost+found'

/**
 * Everything below a directory, links not followed. A directory that goes meanwhile has nothing in it: backups, restores and locks come and
 * go. One that is closed hides only itself.
 */
export async function walk(directory: string): Promise<Walked> {
  let inside: Dirent[]
  try {
    inside = await readdir(directory, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { entries: [], closed: [] }
    if (code === 'EACCES' || code === 'EPERM') return { entries: [], closed: [directory] }
    throw error
  }
  const entries = inside.filter(({ name }) => name !== OF_THE_DISK)
  const below = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => walk(join(parentPath, name))),
  )
  return {
    entries: [...entries, ...below.flatMap((one) => one.entries)],
    closed: below.flatMap((one) => one.closed),
  }
}
