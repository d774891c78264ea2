import { createHash, type Hash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { partsOfFile, partsOfZstd } from './blocks.ts'
import { createDirectory, syncDirectory } from './directory.ts'
import { LedgerArchiveError } from './errors.ts'
import { TEMPORARY } from './names.ts'
import { ignoreMissing } from './segment.ts'
import { namesIn } from './segments.ts'

/**
 * Packs the beginning of a file under another name, whole or not at all: it has that name when it has been unpacked and compared.
 * @param bytes how much of it; Infinity for all there is.
 * @param chance tells the temporary file from those of others.
 * @throws {LedgerArchiveError} if what was packed is not what is unpacked. Nothing is left then, and nothing was replaced.
 */
export async function packFile(
  from: string,
  to: string,
  bytes: number,
  chance: string,
): Promise<void> {
  await createDirectory(dirname(to))
  await removeAbandoned(dirname(to))
  const temporary = `${to.slice(0, -ENDING)}.${chance}${TEMPORARY}`
  try {
    const written = createHash('sha256')
    const params = { [constants.ZSTD_c_checksumFlag]: 1 }
    const target = createWriteStream(temporary, { flags: 'wx', flush: true })
    await pipeline(
      hashed(partsOfFile(from, bytes), written),
      createZstdCompress({ params }),
      target,
    )
    const unpacked = createHash('sha256')
    for await (const part of partsOfZstd(temporary)) unpacked.update(part)
    if (unpacked.digest('hex') !== written.digest('hex')) {
      throw new LedgerArchiveError(from, 'what was packed is not what is unpacked')
    }
    await rename(temporary, to)
  } catch (error) {
    // The error that led here is the one to tell, and the next archiver removes what is left.
    await unlink(temporary).catch(() => {})
    throw error
  }
  await syncDirectory(dirname(to))
}

const ENDING = '.ndjson.zst'.length

async function* hashed(parts: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    hash.update(part)
    // The next part is read into the same memory, and this one may still be waiting.
    yield Buffer.from(part)
  }
}

/** Removes what an archiver left that was killed. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const file of await namesIn(directory)) {
    if (file.endsWith(TEMPORARY)) await unlink(join(directory, file)).catch(ignoreMissing)
  }
}

/**
 * Looks whether a file may take the place of another of the same segment: only if it begins with all that is there. A copy that was
 * put back does not.
 * @throws {LedgerArchiveError} naming both, if it may not.
 */
export async function checkReplaces(from: string, to: string): Promise<void> {
  if (!existsSync(to)) return
  const there = to.endsWith('.zst') ? partsOfZstd(to) : partsOfFile(to)
  if (await beginsWith(partsOfFile(from), there)) return
  throw new LedgerArchiveError(from, `${to} is there already, and this does not begin with it`)
}

async function beginsWith(
  parts: AsyncIterable<Buffer>,
  beginning: AsyncIterable<Buffer>,
): Promise<boolean> {
  const iterator = parts[Symbol.asyncIterator]()
  let part: Buffer = Buffer.alloc(0)
  try {
    for await (let expected of beginning) {
      while (expected.length > 0) {
        if (part.length === 0) {
          const next = await iterator.next()
          if (next.done === true) return false
          part = next.value
        }
        const length = Math.min(part.length, expected.length)
        if (!part.subarray(0, length).equals(expected.subarray(0, length))) return false
        part = part.subarray(length)
        expected = expected.subarray(length)
      }
    }
    return true
  } finally {
    await iterator.return?.()
  }
}
