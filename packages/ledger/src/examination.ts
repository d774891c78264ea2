import type { Head, HeadFound } from './head.ts'
import { createWalk, type ChainProblem, type Walked } from './walk.ts'

/** The earliest and the latest `t` of lines, in ms since 1970; null where none has one. */
export interface Times {
  readonly minMs: number | null
  readonly maxMs: number | null
}

/** What became of a segment's chain, and of the head that goes with it. */
export interface ExaminedSegment extends Walked {
  /** Null if there is none, or none that can be read. */
  readonly head: Head | null
  /** Of all lines. */
  readonly times: Times
  readonly tornBytes: number
}

/** Goes along a segment while it is read, and compares it with its head. */
export interface Examination {
  readonly segment: string
  /** The next line, without its line feed. @param isText false if it is not UTF-8. @param tMs NaN if it has none, or is none of ours. */
  take(line: string, isText: boolean, tMs: number): void
  /** What comes after the last line feed. */
  tear(sizeBytes: number): void
  finish(): ExaminedSegment
}

/** @param found the head as it was before the segment was opened, which only grows meanwhile. */
export function createExamination(segment: string, found: HeadFound): Examination {
  const head = found.kind === 'found' ? found.head : null
  const walk = createWalk(segment, head)
  const headLines = head?.lines ?? 0
  let lines = 0
  let times: Times = { minMs: null, maxMs: null }
  /** Of as many lines as the head tells of. */
  let headed = times
  let tornBytes = 0

  return {
    segment,
    take(line, isText, tMs) {
      walk.take(line, isText)
      lines += 1
      if (!Number.isNaN(tMs)) times = widened(times, tMs)
      if (lines === headLines) headed = times
    },
    tear(sizeBytes) {
      tornBytes = sizeBytes
    },
    finish() {
      const walked = walk.finish()
      const problems: ChainProblem[] = []
      if (head === null) {
        const kind = found.kind === 'missing' ? 'head-missing' : 'head-broken'
        problems.push({ segment, kind, line: 0, count: walked.lines })
      } else if (walked.problemCount === 0 && !areEqual(head, headed)) {
        problems.push({ segment, kind: 'head-changed', line: 0, count: head.lines })
      }
      problems.push(...walked.problems)
      if (head?.isFinal === true && tornBytes > 0) {
        problems.push({ segment, kind: 'added', line: walked.lines + 1, count: 1 })
      }
      const problemCount = walked.problemCount + problems.length - walked.problems.length
      return { ...walked, head, times, tornBytes, problems, problemCount }
    },
  }
}

const areEqual = (a: Times, b: Times): boolean => a.minMs === b.minMs && a.maxMs === b.maxMs

function widened(times: Times, tMs: number): Times {
  const { minMs, maxMs } = times
  if (minMs !== null && maxMs !== null && tMs >= minMs && tMs <= maxMs) return times
  return { minMs: Math.min(minMs ?? tMs, tMs), maxMs: Math.max(maxMs ?? tMs, tMs) }
}
