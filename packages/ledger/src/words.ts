/**
 * Bytes, and the same memory four bytes at a time. Three bytes behind the last may be read, whatever they are, so that nobody has to
 * ask where the end is.
 */
export interface Words {
  readonly bytes: Buffer
  readonly view: DataView
}

const SLACK_BYTES = 3

/** Memory of this size for words. */
export const newWords = (size: number): Words =>
  wordsOf(Buffer.allocUnsafeSlow(size + SLACK_BYTES).subarray(0, size))

/** Bytes as words; of a copy, if there is no memory behind them. */
export function wordsOf(bytes: Buffer): Words {
  const { buffer, byteOffset, length } = bytes
  if (byteOffset + length + SLACK_BYTES > buffer.byteLength) {
    const { bytes: copy, view } = newWords(length)
    bytes.copy(copy)
    return { bytes: copy, view }
  }
  return { bytes, view: new DataView(buffer, byteOffset, length + SLACK_BYTES) }
}

export const NOTHING: Words = wordsOf(Buffer.alloc(0))

/** The word at this place, of as many bytes of it as are left. */
function wordAt(view: DataView, at: number, left: number): number {
  const word = view.getInt32(at, true)
  return left >= 4 ? word : word & ((1 << (8 * left)) - 1)
}

/** A number of 32 bits that is the same for the same bytes. */
export function hashOf({ view }: Words, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at += 4) {
    hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ wordAt(view, at, end - at), 0x9e3779b1)
  }
  // What was multiplied is in the high bits.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

export function areEqual(a: Words, aAt: number, b: Words, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i += 4) {
    if (wordAt(a.view, aAt + i, length - i) !== wordAt(b.view, bAt + i, length - i)) return false
  }
  return true
}

/** Copies bytes; up to three behind them are written, too. @returns where the copy ends. */
export function copyTo(
  target: Words,
  at: number,
  source: Words,
  start: number,
  end: number,
): number {
  if (end - start > LONG_COPY) source.bytes.copy(target.bytes, at, start, end)
  else {
    const by = at - start
    for (let from = start; from < end; from += 4) {
      target.view.setInt32(from + by, source.view.getInt32(from, true), true)
    }
  }
  return at + end - start
}

/** From here on it is quicker to ask the system. */
const LONG_COPY = 64
