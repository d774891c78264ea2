import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Random } from '@holdfast/seams'
import { JsonNotDurableError, JsonNotWrittenError, systemCode } from './errors.ts'
import { temporaryPath } from './file-names.ts'
import { renameRetryMs } from './rename-retry.ts'
import { pause, sync, writeSome, type Steps } from './steps.ts'
import { notWritten } from './system-error.ts'

/**
 * What a finished replacement has survived.
 *
 * - `full`: a power cut; the new content is on disk.
 * - `atomic`: a power cut leaves the old content or the new, whole.
 * - `none`: a killed process leaves the old or the new; a power cut may leave an empty file.
 */
export type Durability = 'full' | 'atomic' | 'none'

export interface FileReplacement {
  /** As the caller named it, for errors. */
  readonly path: string
  /** Where it goes: absolute, no link. */
  readonly target: string
  /** The path that temporary files are named for. */
  readonly stem: string
  readonly bytes: Uint8Array
  readonly durability: Durability
  /** The file that this one follows under another name, and whose owner and mode it takes; null for none. */
  readonly predecessor: string | null
  /** For a file that follows none. */
  readonly mode: number
  readonly random: Random
  /** Asked once the temporary file is complete, right before `onReady`. */
  readonly isWanted: () => boolean
  /** Told right before each attempt to rename, in the same breath. What it throws ends the write. */
  readonly onReady: () => void
  /** Told right after the rename, in the same breath. */
  readonly onPublished: () => void
  readonly onOwnerChanged: () => void
}

/** Up to here a write into the page cache takes less time than a trip to the thread pool. */
const QUICK_WRITE_BYTES = 65_536

/**
 * Puts new content in place of a file, whole or not at all.
 * @returns false when it was not wanted any more.
 * @throws {JsonNotWrittenError} when the old file is untouched and nothing is left beside it.
 * @throws {JsonNotDurableError} when the new content is in place, but only `full` was not reached.
 */
export function* replaceFile(replacement: FileReplacement): Steps<boolean> {
  const { path, target, stem, durability, random } = replacement
  const temporary = temporaryPath(stem, process.pid, random.hex(16))
  try {
    const existing = replaceable(path, target) ?? statOf(replacement.predecessor)
    const fd = openSync(
      temporary,
      'wx',
      existing === undefined ? replacement.mode : existing.mode & 0o777,
    )
    try {
      yield* fill(fd, replacement, existing)
      if (!(yield* publish(temporary, replacement))) return false
    } catch (error) {
      removeQuietly(temporary)
      throw error
    }
  } catch (error) {
    throw notWritten(path, error)
  }
  if (durability === 'full') yield* proveDurable(path, dirname(target))
  return true
}

/** The file to be replaced, if there is one. A rename would also take the place of a device. */
function replaceable(path: string, target: string): Stats | undefined {
  const existing = statSync(target, { throwIfNoEntry: false })
  if (existing === undefined || existing.isFile()) return existing
  if (existing.isDirectory()) {
    throw new JsonNotWrittenError('JSON_IS_DIRECTORY', path, 'it is a directory')
  }
  throw new JsonNotWrittenError('JSON_NOT_WRITTEN', path, 'it is not a regular file')
}

function statOf(file: string | null): Stats | undefined {
  return file === null ? undefined : statSync(file, { throwIfNoEntry: false })
}

/** Writes everything to `fd`, makes sure of it, and closes. */
function* fill(fd: number, replacement: FileReplacement, existing: Stats | undefined): Steps<void> {
  const { bytes, durability, onOwnerChanged } = replacement
  try {
    if (existing !== undefined && !keepOwnerAndMode(fd, existing)) onOwnerChanged()
    // The system may take a part only, and says so by the count alone: on a full disk the error comes
    // with the next call. Whoever does not look at the count publishes a truncated file.
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done)
      const count =
        bytes.length <= QUICK_WRITE_BYTES ? writeSync(fd, rest) : yield* writeSome(fd, rest)
      if (count === 0) throw ioError('the system takes no more bytes and gives no reason')
      done += count
    }
    if (durability !== 'none') yield* sync(fd)
    const { size } = fstatSync(fd)
    if (size !== bytes.length)
      throw ioError(`${bytes.length} bytes written, but the file has ${size}`)
  } catch (error) {
    closeQuietly(fd)
    throw error
  }
  closeSync(fd)
}

/** @returns false when the owner or the group could not be kept. */
function keepOwnerAndMode(fd: number, existing: Stats): boolean {
  const made = fstatSync(fd)
  const isOwnerKept = keepOwner(fd, made, existing)
  // The bits that lend the owner's rights must not lend another's.
  const mode = existing.mode & (isOwnerKept ? 0o7777 : 0o777)
  if ((made.mode & 0o7777) !== mode) fchmodSync(fd, mode)
  return isOwnerKept
}

function keepOwner(fd: number, made: Stats, existing: Stats): boolean {
  if (made.uid === existing.uid && made.gid === existing.gid) return true
  try {
    fchownSync(fd, existing.uid, existing.gid)
    return true
  } catch (error) {
    // Only root gives files away. Whoever may write the directory may still replace the file.
    if (!['EPERM', 'EINVAL', 'ENOSYS'].includes(systemCode(error))) throw error
    return false
  }
}

/** Renames the temporary file over the target. @returns false when it was not wanted any more. */
function* publish(temporary: string, replacement: FileReplacement): Steps<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    if (!replacement.isWanted()) {
      removeQuietly(temporary)
      return false
    }
    replacement.onReady()
    try {
      renameSync(temporary, replacement.target)
      replacement.onPublished()
      return true
    } catch (error) {
      const waitMs = renameRetryMs(attempt, systemCode(error), process.platform)
      if (waitMs === null) throw error
      yield* pause(waitMs)
    }
  }
}

function* proveDurable(path: string, directory: string): Steps<void> {
  try {
    yield* syncDirectory(directory)
  } catch (error) {
    throw new JsonNotDurableError(path, error)
  }
}

/** A name lasts only once its directory is on disk: without this, a power cut can bring the old file back. */
export function* syncDirectory(directory: string): Steps<void> {
  // Windows has no such call: there a directory cannot be opened as a file.
  if (process.platform === 'win32') return
  const fd = openSync(directory, 'r')
  try {
    yield* sync(fd)
  } finally {
    closeSync(fd)
  }
}

function ioError(message: string): Error {
  return Object.assign(new Error(message), { code: 'EIO' })
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // The error that led here says more than this one could.
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // The error that led here says more, and the next sweep takes what is left.
  }
}
