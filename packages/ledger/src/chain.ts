import { hash } from 'node:crypto'

/** Hexadecimal digits of a link: 128 bits of SHA-256, so that no other line is found that fits in a line's place. */
export const LINK_DIGITS = 32
const BEFORE_LINK = ',"h":"'
const AFTER_LINK = '"}'
/** What a line carries behind what its link covers. */
export const LINK_LENGTH: number = BEFORE_LINK.length + LINK_DIGITS + AFTER_LINK.length

/** Where the chain of a segment begins: with its name, so that no line of one segment fits in another. */
export const chainStart = (segment: string): string => linkTo('holdfast-ledger-1', segment)

/** The link of what comes after `previous`: a part of SHA-256 of both. */
export function linkTo(previous: string, covered: string): string {
  return hash('sha256', `${previous}\n${covered}`, 'hex').slice(0, LINK_DIGITS)
}

/** One line in its place in a chain. */
export interface Link {
  /** The line as it is written, without its line feed. */
  readonly line: string
  readonly hash: string
}

/**
 * Puts a line into a chain.
 * @param text a JSON object without its closing brace, and with at least one field.
 * @param number of the line in its segment, from 1.
 */
export function chained(previous: string, number: number, text: string): Link {
  const covered = `${text},"n":${number}`
  const hash = linkTo(previous, covered)
  return { line: covered + BEFORE_LINK + hash + AFTER_LINK, hash }
}

/** What a line says of its place. `covered` is what its link covers. */
export interface Place {
  readonly covered: string
  readonly number: number
  readonly hash: string
}

const END = /,"n":([1-9]\d{0,14}),"h":"([0-9a-f]{32})"\}$/

/** The place of a line; null if it says none. */
export function placeOf(line: string): Place | null {
  const found = END.exec(line.slice(-LONGEST_END))
  if (found === null) return null
  const [, number = '', hash = ''] = found
  return { covered: line.slice(0, -LINK_LENGTH), number: Number(number), hash }
}

const LONGEST_END = LINK_LENGTH + 24
