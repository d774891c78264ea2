import { choiceOf } from './choice.ts'
import { LineScanner } from './scan.ts'
import type { Words } from './words.ts'

/** The earliest and the latest `t` of lines, in ms since 1970; null where none has one. */
export interface Times {
  readonly minMs: number | null
  readonly maxMs: number | null
}

export interface LineTimes {
  /** The next line, between these places. */
  readonly hear: (words: Words, start: number, end: number) => void
  /** Of all lines. */
  readonly all: Times
  /** Of as many as the head tells of. */
  readonly headed: Times
}

/** @param headLines how many lines the head tells of. */
export function createLineTimes(headLines: number): LineTimes {
  const scanner = new LineScanner(choiceOf([], []))
  let lines = 0
  let all: Times = { minMs: null, maxMs: null }
  let headed = all
  return {
    hear(words, start, end) {
      lines += 1
      const isUsed = scanner.look(words, start, end) === null && !Number.isNaN(scanner.tMs)
      if (isUsed) all = widened(all, scanner.tMs)
      if (lines === headLines) headed = all
    },
    get all() {
      return all
    },
    get headed() {
      return headed
    },
  }
}

function widened(times: Times, tMs: number): Times {
  const { minMs, maxMs } = times
  if (minMs !== null && maxMs !== null && tMs >= minMs && tMs <= maxMs) return times
  return { minMs: Math.min(minMs ?? tMs, tMs), maxMs: Math.max(maxMs ?? tMs, tMs) }
}
