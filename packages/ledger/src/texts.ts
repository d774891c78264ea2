import type { Words } from './words.ts'

/** A text of its own, which keeps nothing else alive. */
export const textOf = ({ bytes }: Words, start: number, end: number, isAscii: boolean): string =>
  bytes.toString(isAscii ? 'latin1' : 'utf8', start, end)
