import { BanditStoreInputError } from './errors.ts'

/** A decision's id, taken apart. */
export interface DecisionKey {
  /** Its 16 bytes. */
  readonly bytes: Uint8Array
  /** When the decision was made, in ms since 1970: the id's first 48 bits. */
  readonly atMs: number
}

export const KEY_BYTES = 16

const UUID_7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i

/**
 * Reads a UUID of version 7 (RFC 9562, section 5.7).
 * @throws {BanditStoreInputError} if it is none.
 */
export function readDecisionId(id: unknown): DecisionKey {
  if (typeof id !== 'string' || !UUID_7.test(id)) {
    throw new BanditStoreInputError('decisionId', 'a UUID of version 7 (RFC 9562)', id)
  }
  const bytes = new Uint8Array(KEY_BYTES)
  for (let i = 0, at = 0; i < KEY_BYTES; i += 1, at += 2) {
    if (id.charCodeAt(at) === DASH) at += 1
    bytes[i] = (nibble(id.charCodeAt(at)) << 4) | nibble(id.charCodeAt(at + 1))
  }
  return { bytes, atMs: timeOf(bytes, 0) }
}

const DASH = 45

/** 0 to 15 of a hexadecimal digit's character code: digits are 48 to 57, letters have bit 6 set. */
const nibble = (code: number): number => (code & 15) + (code >> 6) * 9

/** The time of the id at `offset`, in ms since 1970. */
export function timeOf(bytes: Uint8Array, offset: number): number {
  const high = (bytes[offset]! << 8) | bytes[offset + 1]!
  const low =
    bytes[offset + 2]! * 2 ** 24 +
    ((bytes[offset + 3]! << 16) | (bytes[offset + 4]! << 8) | bytes[offset + 5]!)
  return high * 2 ** 32 + low
}
