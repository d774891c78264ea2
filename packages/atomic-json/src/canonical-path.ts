import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { systemCode } from './errors.ts'
import { isMissing } from './system-error.ts'

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40

/**
 * The absolute path of the file that `path` means, with every symbolic link followed, also one whose
 * target does not exist yet. Equal for all names of one file, but for hard links.
 * @throws the system's error when a directory on the way may not be searched, or links run in a circle.
 */
export function canonicalPath(path: string): string {
  let next = resolve(path)
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const real = realPath(next)
    if (real !== null) return real
    const directory = canonicalDirectory(dirname(next))
    const here = join(directory, basename(next))
    const target = linkTarget(here)
    if (target === null) return here
    next = resolve(directory, target)
  }
  throw Object.assign(new Error(`more than ${MOST_LINKS} symbolic links`), { code: 'ELOOP' })
}

/** A directory that may be missing, under the nearest one above it that is there. */
function canonicalDirectory(directory: string): string {
  const real = realPath(directory)
  if (real !== null) return real
  const above = dirname(directory)
  return above === directory ? directory : join(canonicalDirectory(above), basename(directory))
}

function realPath(path: string): string | null {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch (error) {
    // EINVAL: there is something, and it is no link (any more). UNKNOWN is Windows for the same.
    if (isMissing(error) || ['EINVAL', 'UNKNOWN'].includes(systemCode(error))) return null
    throw error
  }
}
