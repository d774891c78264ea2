import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'

/** A file as it was copied. */
export interface CopiedFile {
  /** Below the directory that was copied, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

const PART_BYTES = 1024 * 1024

/**
 * Copies the bytes that a file has now, and brings them to disk. The copy must not exist.
 * @returns null if there is no such file.
 */
export async function copyFile(
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Omit<CopiedFile, 'path'> | null> {
  const source = await openedIfThere(from)
  if (source === null) return null
  try {
    const target = await open(to, 'wx')
    try {
      const found = await pass(source, target, signal)
      await target.sync()
      return found
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** What the bytes of a file amount to; null if there is no such file. */
export async function hashFile(
  path: string,
  signal: AbortSignal,
): Promise<Omit<CopiedFile, 'path'> | null> {
  const source = await openedIfThere(path)
  if (source === null) return null
  try {
    return await pass(source, null, signal)
  } finally {
    await source.close()
  }
}

async function pass(
  source: FileHandle,
  target: FileHandle | null,
  signal: AbortSignal,
): Promise<Omit<CopiedFile, 'path'>> {
  const hash = createHash('sha256')
  const part = Buffer.allocUnsafe(PART_BYTES)
  // What is appended from here on is of a later moment.
  const { size } = await source.stat()
  let bytes = 0
  while (bytes < size) {
    signal.throwIfAborted()
    const { bytesRead } = await source.read(part, 0, Math.min(part.length, size - bytes), bytes)
    // It was cut meanwhile.
    if (bytesRead === 0) break
    const read = part.subarray(0, bytesRead)
    hash.update(read)
    if (target !== null) await writeAll(target, read, bytes)
    bytes += bytesRead
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function writeAll(target: FileHandle, part: Buffer, from: number): Promise<void> {
  let done = 0
  while (done < part.length) {
    done += (await target.write(part, done, part.length - done, from + done)).bytesWritten
  }
}

async function openedIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Brings the names in a directory to disk. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows has no such call.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
