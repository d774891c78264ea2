import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { OpsError } from './errors.ts'

/** A file or directory that may not be used, whose it is, and who asked. */
export interface Closed {
  readonly path: string
  readonly isDirectory: boolean
  readonly mode: number
  /** User ids; null where the system has none. */
  readonly owner: number | null
  readonly caller: number | null
}

/** What stands in the way to a path: the first directory above it that is closed, or itself. */
export function closedAt(path: string): Closed {
  const above = dirname(path)
  if (above !== path && !isOpen(above, constants.X_OK)) return closedAt(above)
  const seen = statSync(path, { throwIfNoEntry: false })
  // What is not there yet may not be made.
  if (seen === undefined) return closedAt(above)
  const { mode, uid } = seen
  const caller = process.getuid?.() ?? null
  const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR
  return { path, isDirectory, mode: mode & 0o777, owner: caller === null ? null : uid, caller }
}

function isOpen(path: string, right: number): boolean {
  try {
    accessSync(path, right)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code !== 'EACCES' && code !== 'EPERM'
  }
}

/** What was seen. @param what what the path is, if its name does not say so. */
export function closedText({ path, mode, owner, caller }: Closed, what = ''): string {
  const said = `${what === '' ? '' : `${what} `}${path} is closed to ${userText(caller)}`
  if (owner === null) return said
  return `${said}: it belongs to ${userText(owner)}, with mode ${mode.toString(8)}`
}

const userText = (uid: number | null): string =>
  uid === null ? 'this user' : uid === 0 ? 'root' : `user ${uid}`

/** What opens it. */
export function closedNext({ path, isDirectory, owner, caller }: Closed): string[] {
  const look = `ls -ld ${path}`
  if (owner === null) return [look]
  if (owner === caller) return [`chmod u+rw${isDirectory ? 'x' : ''} ${path}`]
  return [owner === 0 ? 'sudo holdfast …' : `sudo -u '#${owner}' holdfast …`, look]
}

/**
 * An error of the system that says that something may not be used, told with whose it is and how to go on; any other as it is.
 * @param told what else is to be said.
 */
export function explained(error: unknown, told = ''): unknown {
  const refused = error instanceof OpsError ? null : refusedIn(error)
  if (refused === null) return error
  const { path, syscall } = refused
  const above = dirname(path)
  const closed = closedAt(NAMING.has(syscall) && !isOpen(above, constants.W_OK) ? above : path)
  const message = `${closedText(closed)}${told}`
  return new OpsError('OPS_UNREADABLE', message, { next: closedNext(closed), cause: error })
}

/** What changes a name changes the directory that it is in, whatever the mode of the file. A file that is opened to be made is not there yet. */
const NAMING: ReadonlySet<unknown> = new Set(['unlink', 'rename', 'rmdir', 'mkdir', 'link'])

interface Refused {
  readonly path: string
  /** What was asked of the system. */
  readonly syscall: string | undefined
}

/** Where the system refused something, by an error of its own or one that it caused. */
function refusedIn(error: unknown): Refused | null {
  const { code, path, syscall, cause } = (error ?? {}) as NodeJS.ErrnoException
  if ((code === 'EACCES' || code === 'EPERM') && path !== undefined) return { path, syscall }
  return cause === undefined ? null : refusedIn(cause)
}
