/** @throws {RangeError} for a reason that says nothing. */
export function readReason(text: string): string {
  const reason = text.trim()
  if (reason === '') throw new RangeError('It must say why.')
  return reason
}

/** What the record says where nobody said why. */
export const NO_REASON = 'no reason was given'
