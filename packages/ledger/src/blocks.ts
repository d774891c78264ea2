import { open } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { createZstdDecompress } from 'node:zlib'
import { LONGEST_LINE } from './line.ts'

/**
 * A part of a file of lines.
 *
 * - `lines`: whole lines, each with its line feed. The bytes are used again for the next part.
 * - `too-long`: one line longer than `LONGEST_LINE`, which is passed over. It is torn if it has no line feed, and nothing but NUL where it
 *   is too long: so a power cut leaves a file whose size was written and whose bytes were not.
 * - `rest`: what follows the last line feed, at the end of the file; once, where there is any.
 */
export type Block =
  | { readonly kind: 'lines'; readonly bytes: Buffer }
  | { readonly kind: 'too-long'; readonly sizeBytes: number; readonly isTorn: boolean }
  | { readonly kind: 'rest'; readonly bytes: Buffer }

const PART_BYTES = 1024 * 1024
const LINE_FEED = 10

/** Divides bytes into lines, with memory for a part and a line. */
export async function* blocksOf(parts: AsyncIterable<Buffer>): AsyncGenerator<Block> {
  /** The beginning of a line whose end has not come. */
  let begun: Buffer = Buffer.alloc(0)
  /** Of a line that is too long: how much there is of it, and of that without the NUL at its end. */
  let sizeBytes = 0
  let filledBytes = 0
  const pass = (bytes: Buffer): void => {
    const filled = filledEnd(bytes)
    if (filled > 0) filledBytes = sizeBytes + filled
    sizeBytes += bytes.length
  }
  for await (const part of parts) {
    const first = part.indexOf(LINE_FEED)
    if (first >= 0) {
      const length = sizeBytes + begun.length + first
      if (length > LONGEST_LINE) yield { kind: 'too-long', sizeBytes: length, isTorn: false }
      else yield { kind: 'lines', bytes: Buffer.concat([begun, part.subarray(0, first + 1)]) }
      sizeBytes = 0
      filledBytes = 0
      const end = part.lastIndexOf(LINE_FEED) + 1
      if (end > first + 1) yield { kind: 'lines', bytes: part.subarray(first + 1, end) }
      begun = Buffer.from(part.subarray(end))
    } else if (sizeBytes > 0) {
      pass(part)
    } else {
      begun = Buffer.concat([begun, part])
    }
    if (begun.length > LONGEST_LINE) {
      pass(begun)
      begun = Buffer.alloc(0)
    }
  }
  if (sizeBytes > 0) yield { kind: 'too-long', sizeBytes, isTorn: filledBytes <= LONGEST_LINE }
  else if (begun.length > 0) yield { kind: 'rest', bytes: begun }
}

/** Where the last byte ends that is not NUL. */
function filledEnd(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  return end
}

/**
 * The bytes of a file up to its size at the moment, so that it comes to an end while someone writes on. Each part is gone with the next.
 * @param limitBytes what lies beyond is left.
 * @throws the system's error, at the first part if there is no such file.
 */
export async function* partsOfFile(
  path: string,
  limitBytes: number = Infinity,
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    const end = Math.min((await file.stat()).size, limitBytes)
    const part = Buffer.allocUnsafe(Math.max(1, Math.min(PART_BYTES, end)))
    for (let at = 0; at < end;) {
      const { bytesRead } = await file.read(part, 0, Math.min(part.length, end - at), at)
      if (bytesRead === 0) return
      at += bytesRead
      yield part.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** The bytes of a file that is packed with zstd. @throws the system's or zlib's error. */
export async function* partsOfZstd(path: string): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { highWaterMark: 256 * 1024 })
  const unpacked = createZstdDecompress({ chunkSize: 256 * 1024 })
  packed.on('error', (error) => unpacked.destroy(error))
  packed.pipe(unpacked)
  try {
    yield* unpacked as AsyncIterable<Buffer>
  } finally {
    packed.destroy()
    unpacked.destroy()
  }
}
