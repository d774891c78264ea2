/** @throws {RangeError} for a reason that says nothing. */
export function readReason(text: string): string {
  const reason = text.trim()
  if (reason === '') throw new RangeError('It must say why.')
  return reason
}

/** The router keeps no longer reason for an order about a route. */
const LONGEST_ORDERED = 500

/** @throws {RangeError} for one that says nothing, or is too long for an order about a route. */
export function readOrderReason(text: string): string {
  const reason = readReason(text)
  if (reason.length <= LONGEST_ORDERED) return reason
  throw new RangeError(`It must have at most ${LONGEST_ORDERED} characters.`)
}

/** What the record says where nobody said why. */
export const NO_REASON = 'no reason was given'
