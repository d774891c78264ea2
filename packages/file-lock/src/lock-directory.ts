import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { systemCode } from './errors.ts'
import { type FreeToken, parseOwner, printOwner, type Ticket } from './entry-name.ts'
import type { LockOwner } from './owner.ts'
import { viewOf, type View } from './view.ts'

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40

/**
 * The lock's directory for `path`: beside the file that `path` means, whatever links lead to it, and whether it is there
 * or not.
 * @throws the system's error when its directory is missing or may not be searched.
 */
export function locate(path: string, options: { readonly createDirectory: boolean }): string {
  let next = resolve(path)
  for (let links = 0; links < MOST_LINKS; links += 1) {
    if (options.createDirectory) mkdirSync(dirname(next), { recursive: true })
    const real = join(realpathSync.native(dirname(next)), basename(next))
    const isLink = lstatSync(real, { throwIfNoEntry: false })?.isSymbolicLink() === true
    if (!isLink) return `${real}.lock`
    next = resolve(dirname(real), readlinkSync(real))
  }
  throw Object.assign(new Error(`more than ${MOST_LINKS} symbolic links`), { code: 'ELOOP' })
}

/** @throws the system's error. */
export function look(directory: string): View {
  try {
    return viewOf(readdirSync(directory))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kind: 'absent' }
    throw error
  }
}

/**
 * Renames the token: the one step by which a lock changes hands. False if someone else was quicker, or the directory is
 * gone; then nothing was changed.
 */
export function move(directory: string, from: string, to: string): boolean {
  try {
    renameSync(join(directory, from), join(directory, to))
    return true
  } catch (error) {
    // ENOENT: the name moved on.
    if (systemCode(error) === 'ENOENT' || isBusyOnWindows(error)) return false
    throw error
  }
}

export function isThere(directory: string, name: string): boolean {
  return existsSync(join(directory, name))
}

/** When the entry was last touched, in ms; null if it is not there. */
export function touchedAtMs(directory: string, name: string): number | null {
  return statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? null
}

/** Stands for one particular directory and its last touch; null if there is none. */
export function stampOf(directory: string): string | null {
  const stat = statSync(directory, { throwIfNoEntry: false, bigint: true })
  return stat === undefined ? null : `${stat.ino} ${stat.mtimeNs}`
}

/**
 * Makes the directory, token and all, in one step. Someone else's is never replaced, unless it is empty and `isEmptyOurs`
 * still says so directly before.
 * @param draw gives the token, once the place is taken: one who makes the place anew, because this directory was removed
 * again, then draws later.
 * @returns false if there was one already.
 */
export async function create(
  directory: string,
  draw: () => Promise<FreeToken>,
  maker: LockOwner,
  isEmptyOurs?: () => boolean,
): Promise<boolean> {
  const fresh = join(dirname(directory), `${freshPrefix(directory)}${printOwner(maker)}`)
  let place: number | null = null
  let isMade = false
  try {
    mkdirSync(fresh)
    isMade = true
    // The file is made before the place is taken, so that a full disk leaves nothing there.
    writeFileSync(join(fresh, 'token'), '', { flag: 'wx' })
    // On POSIX a rename would replace an empty directory, which is how proper-lockfile holds a lock. So the place is first
    // taken in its way, by mkdir; what may be replaced then is our own. On Windows no directory is ever replaced.
    if (isEmptyOurs === undefined && process.platform !== 'win32') {
      mkdirSync(directory)
      place = openSync(directory, 'r')
      // Were we stopped for long, a bare proper-lockfile might find it stale and have it, or someone remove it. As long as ours
      // is open, no other can get its number.
      const { ino } = fstatSync(place, { bigint: true })
      isEmptyOurs = () => statSync(directory, { throwIfNoEntry: false, bigint: true })?.ino === ino
    }
    const { name } = await draw()
    renameSync(join(fresh, 'token'), join(fresh, name))
    if (isEmptyOurs?.() === false) return false
    if (process.platform === 'win32' && isEmptyOurs !== undefined)
      rmSync(directory, { recursive: true })
    renameSync(fresh, directory)
    return true
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY'].includes(systemCode(error)) || isBusyOnWindows(error)) return false
    // Someone removed the place at once. If it is the directory above that is missing, the next try says so.
    if (systemCode(error) === 'ENOENT' && isMade) return false
    throw error
  } finally {
    if (place !== null) closeSync(place)
    remove(fresh)
  }
}

/** Removes what makers who died on the way left beside the directory, as far as that is allowed. */
export function sweep(directory: string, isDead: (maker: LockOwner) => boolean): void {
  const prefix = freshPrefix(directory)
  for (const name of readdirSync(dirname(directory))) {
    const maker = name.startsWith(prefix) ? parseOwner(name.slice(prefix.length)) : null
    if (maker !== null && isDead(maker)) remove(join(dirname(directory), name))
  }
}

/** What directories begin with that are to become `directory`. Of one length, so that a long name does not make it too long. */
function freshPrefix(directory: string): string {
  return `.new-lock.${createHash('sha256').update(basename(directory)).digest('hex').slice(0, 10)}.`
}

/** Removes a directory that was to become a lock, or what is left of it. */
function remove(fresh: string): void {
  try {
    rmSync(fresh, { recursive: true, force: true })
  } catch {
    // It may be another user's. It is in nobody's way, and must not hide how the making went.
  }
}

/**
 * Puts a ticket down. False if there is no room for it, and then this waiter has no place in the order, which is all it costs.
 * @throws the system's error when the directory may not be written to: then there is nothing to wait for.
 */
export function putTicket(directory: string, ticket: Ticket): boolean {
  try {
    writeFileSync(join(directory, ticket.name), '', { flag: 'wx' })
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error)) && !isBusyOnWindows(error)) {
      throw error
    }
    return false
  }
}

/** Removes an entry that is nobody's token. It may be gone already, or stay. */
export function drop(directory: string, name: string): void {
  try {
    unlinkSync(join(directory, name))
  } catch {
    // Gone, which is what we wanted; or it stays, and whoever finds its owner dead removes it.
  }
}

/** Windows refuses for a moment what someone else has open. */
function isBusyOnWindows(error: unknown): boolean {
  return process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error))
}
