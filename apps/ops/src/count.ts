/** @throws {RangeError} saying what it may be. */
export function readCount(text: string): number {
  const count = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(count) && count >= 1) return count
  throw new RangeError('It must be a whole number, at least 1.')
}
