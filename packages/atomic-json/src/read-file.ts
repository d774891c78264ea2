import { closeSync, constants, fstatSync, openSync, statSync, type BigIntStats } from 'node:fs'
import { JsonNotReadError } from './errors.ts'
import { readSome, type Steps } from './steps.ts'
import { isMissing, notRead } from './system-error.ts'

/** What tells one file from another that took its name. A number of a freed file is given out again. */
export interface FileIdentity {
  readonly device: bigint
  readonly inode: bigint
  readonly sizeBytes: bigint
  readonly changedAtNs: bigint
}

export type FileContent =
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-large'; readonly sizeBytes: number; readonly identity: FileIdentity }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly identity: FileIdentity }

/**
 * Reads one file. What it answers comes from one opened file, whoever renames what meanwhile.
 * @throws {JsonNotReadError} when the system refuses, or it is no regular file.
 */
export function* readFile(path: string, maxBytes: number): Steps<FileContent> {
  try {
    return yield* readOpened(path, maxBytes)
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' }
    throw notRead(path, error)
  }
}

function* readOpened(path: string, maxBytes: number): Steps<FileContent> {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever. Windows has neither.
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = fstatSync(fd, { bigint: true })
    if (stats.isDirectory())
      throw new JsonNotReadError('JSON_IS_DIRECTORY', path, 'it is a directory')
    if (!stats.isFile())
      throw new JsonNotReadError('JSON_NOT_READ', path, 'it is not a regular file')
    const identity = identityIn(stats)
    const sizeBytes = Number(stats.size)
    if (sizeBytes > maxBytes) return { kind: 'too-large', sizeBytes, identity }
    return { kind: 'bytes', bytes: yield* readAll(fd, path, sizeBytes), identity }
  } finally {
    closeSync(fd)
  }
}

function* readAll(fd: number, path: string, sizeBytes: number): Steps<Uint8Array> {
  // One byte more than the file has, to see that it does not grow under our eyes.
  const buffer = Buffer.allocUnsafe(sizeBytes + 1)
  let done = 0
  for (;;) {
    const count = yield* readSome(fd, buffer.subarray(done))
    if (count === 0) return buffer.subarray(0, done)
    done += count
    if (done > sizeBytes) {
      throw new JsonNotReadError('JSON_NOT_READ', path, 'it grew while it was read')
    }
  }
}

/** Which file bears the name now; null for none. @throws the system's error. */
export function identityOf(path: string): FileIdentity | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? null : identityIn(stats)
}

export function isSameFile(a: FileIdentity | null, b: FileIdentity | null): boolean {
  if (a === null || b === null) return false
  const isSameNode = a.device === b.device && a.inode === b.inode
  return isSameNode && a.sizeBytes === b.sizeBytes && a.changedAtNs === b.changedAtNs
}

function identityIn(stats: BigIntStats): FileIdentity {
  return {
    device: stats.dev,
    inode: stats.ino,
    sizeBytes: stats.size,
    changedAtNs: stats.mtimeNs,
  }
}
