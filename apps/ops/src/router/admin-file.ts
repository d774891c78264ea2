import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../errors.ts'

/** What a running router says of itself in its data directory. */
export interface AdminFile {
  readonly url: string
  /** Of its first process. */
  readonly pid: number
  /** The bearer token of `/admin`; null when it is the one that the router's configuration names. */
  readonly key: string | null
}

export const adminPath = (dataDir: string): string => join(dataDir, 'admin.json')

/** On Windows files have no mode, and the directory's own rights decide. */
const HAS_MODES = process.platform !== 'win32'

/**
 * Reads `admin.json`. What is checked is what is read: the file is opened once, and no link is followed.
 * @returns null if there is none.
 * @throws {OpsError} `OPS_UNSAFE` if others may read or have written it, `OPS_UNREADABLE`, `OPS_INTEGRITY`.
 */
export function readAdminFile(dataDir: string): AdminFile | null {
  const path = adminPath(dataDir)
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (HAS_MODES ? constants.O_NOFOLLOW : 0))
  } catch (error) {
    return unopened(path, error)
  }
  try {
    const seen = fstatSync(file)
    if (HAS_MODES) checkOwner(path, seen, process.getuid?.() ?? seen.uid)
    return parsed(path, readFileSync(file, 'utf8'))
  } finally {
    closeSync(file)
  }
}

function unopened(path: string, error: unknown): null {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  if (code === 'ELOOP') {
    throw new OpsError(
      'OPS_UNSAFE',
      `${path} is a link, and the router writes none; not followed`,
      {
        next: [`ls -l ${path}`],
        cause: error,
      },
    )
  }
  throw new OpsError('OPS_UNREADABLE', `${path} cannot be read: ${code}`, {
    next: [`ls -l ${path}`, 'call it as the user who runs the router'],
    cause: error,
  })
}

/** @throws {OpsError} `OPS_UNSAFE` unless the file is its owner's alone, and the owner is `uid`. */
export function checkOwner(path: string, seen: Pick<Stats, 'mode' | 'uid'>, uid: number): void {
  const mode = (seen.mode & 0o777).toString(8).padStart(4, '0')
  if (seen.uid !== uid) {
    throw new OpsError(
      'OPS_UNSAFE',
      `${path} belongs to user ${seen.uid} and not to ${uid}, who calls: its address and key are not trusted (mode ${mode})`,
      { next: [`sudo -u '#${seen.uid}' holdfast …`, `ls -ln ${path}`] },
    )
  }
  if (mode !== '0600') {
    throw new OpsError(
      'OPS_UNSAFE',
      `${path} has mode ${mode} and must have 0600: others may have read the key of the router, or written where it is`,
      {
        next: [
          `ls -l ${path}`,
          'start the router anew: it makes a new key, in a file of mode 0600',
        ],
      },
    )
  }
}

function parsed(path: string, text: string): AdminFile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    content = null
  }
  const { version, url, pid, key } = (content ?? {}) as Record<string, unknown>
  const isUsable =
    version === 1 &&
    typeof url === 'string' &&
    URL.canParse(url) &&
    Number.isSafeInteger(pid) &&
    (key === null || typeof key === 'string')
  if (isUsable) return { url, pid: pid as number, key }
  throw new OpsError('OPS_INTEGRITY', `${path} is no file of a router that this command knows`, {
    next: ['start the router anew: it writes the file', 'the same with --url <url>'],
  })
}
