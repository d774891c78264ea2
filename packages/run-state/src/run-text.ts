import { RunSet, type RunRange } from './run-set.ts'

/**
 * Runs as one line of text, short whatever they look like. Parts are separated by spaces: `7` is a run, `100-105` a range, and
 * `16384:AAAB…` the bits of a window of 8192 runs in base64, where the ranges would take more room: bit i of byte j stands for
 * the run 16384 + 8j + i. A million runs done in random order never take more than 200 KB.
 */
const WINDOW = 8192
const BITS_LENGTH = (WINDOW / 8 / 3) * 4

export function printRuns(runs: RunSet): string {
  const parts: string[] = []
  let window: RunRange[] = []
  const finish = (): void => {
    parts.push(...printWindow(window))
    window = []
  }
  for (const range of runs.ranges()) {
    const [{ from } = range] = window
    if (windowOf(from) !== windowOf(range.from)) finish()
    // What reaches over the edge of a window is long, and stays a range.
    if (windowOf(range.from) === windowOf(range.to)) {
      window.push(range)
    } else {
      finish()
      parts.push(printRange(range))
    }
  }
  finish()
  return parts.join(' ')
}

const windowOf = (run: number): number => Math.floor(run / WINDOW)

const printRange = ({ from, to }: RunRange): string =>
  from === to ? String(from) : `${from}-${to}`

function printWindow(ranges: readonly RunRange[]): string[] {
  const [first] = ranges
  if (first === undefined) return []
  const start = windowOf(first.from) * WINDOW
  // Each takes two characters at least, so many of them are not even printed.
  if (ranges.length <= BITS_LENGTH / 2) {
    const parts = ranges.map(printRange)
    const length = parts.reduce((sum, part) => sum + part.length + 1, 0)
    if (length <= BITS_LENGTH + String(start).length) return parts
  }
  const bits = Buffer.alloc(WINDOW / 8)
  for (const { from, to } of ranges) {
    for (let bit = from - start; bit <= to - start; bit += 1) {
      bits[bit >> 3] = bits[bit >> 3]! | (1 << (bit & 7))
    }
  }
  return [`${start}:${bits.toString('base64')}`]
}

/** @returns what is wrong, for a text that `printRuns` did not make. */
export function parseRuns(text: string): RunSet | { readonly problem: string } {
  const runs = new RunSet()
  if (text === '') return runs
  for (const part of text.split(' ')) {
    const problem = addPart(runs, part)
    if (problem !== null) return { problem }
  }
  return runs
}

function addPart(runs: RunSet, part: string): string | null {
  const [, first = '', sign, rest = ''] = /^(\d{1,16})(?:([-:])(.*))?$/.exec(part) ?? []
  const from = Number(first)
  if (first !== '' && Number.isSafeInteger(from)) {
    if (sign === ':') return addBits(runs, from, rest)
    const to = sign === '-' ? Number(rest) : from
    if (/^\d*$/.test(rest) && Number.isSafeInteger(to) && to >= from) {
      runs.addRange(from, to)
      return null
    }
  }
  return `"${shortened(part)}" is neither a run nor a range`
}

function addBits(runs: RunSet, start: number, text: string): string | null {
  const bits = Buffer.from(text, 'base64')
  if (bits.length !== WINDOW / 8 || bits.toString('base64') !== text) {
    return `the bits from ${start} are not ${WINDOW / 8} bytes of base64`
  }
  if (!Number.isSafeInteger(start + WINDOW)) return `the bits from ${start} reach too far`
  let from = -1
  for (let bit = 0; bit <= WINDOW; bit += 1) {
    const isSet = bit < WINDOW && (bits[bit >> 3]! & (1 << (bit & 7))) !== 0
    if (isSet && from < 0) from = bit
    if (!isSet && from >= 0) {
      runs.addRange(start + from, start + bit - 1)
      from = -1
    }
  }
  return null
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
