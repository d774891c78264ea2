import { chainStart, linkTo, placeOf } from './chain.ts'
import type { Head } from './head.ts'

/**
 * What someone did to a segment. No crash does any of these: it takes away what comes after the head, and nothing else.
 *
 * - `changed`: the line is not what its writer wrote.
 * - `removed`: lines are gone that were there.
 * - `added`: a line that its writer did not write, or not here.
 * - `reordered`: a line behind one that came after it.
 * - `rewritten`: the lines fit together, but are not those that the head tells of.
 * - `segment-missing`: there is a head, and no segment.
 * - `head-missing`, `head-broken`: there is a segment, and no head of it.
 * - `unreadable`: the file cannot be unpacked.
 */
export type ChainProblemKind =
  | 'changed'
  | 'removed'
  | 'added'
  | 'reordered'
  | 'rewritten'
  | 'segment-missing'
  | 'head-missing'
  | 'head-broken'
  | 'unreadable'

export interface ChainProblem {
  readonly segment: string
  readonly kind: ChainProblemKind
  /** Where it shows: the line in the file, from 1; 0 for the whole. */
  readonly line: number
  /** How many lines are meant. */
  readonly count: number
}

/** What became of a segment's chain. */
export interface Walked {
  /** Lines with a place in the chain, and the link of the last. */
  readonly lines: number
  readonly hash: string
  readonly problems: readonly ChainProblem[]
  /** How many there are; only the first 100 are kept. */
  readonly problemCount: number
}

export interface Walk {
  /** The next line, without its line feed. @param isText false if it is not UTF-8. */
  take(line: string, isText: boolean): void
  finish(): Walked
}

const MOST_KEPT = 100

/** Numbers from `from` up to `to`, whose lines were not where they belong. */
interface Gap {
  from: number
  to: number
  readonly line: number
}

/** Goes along the lines of a segment. @param head null if there is none to compare with. */
export function createWalk(segment: string, head: Head | null): Walk {
  const problems: ChainProblem[] = []
  let problemCount = 0
  let line = 0
  let expected = 1
  let previous = chainStart(segment)
  /** What the last link should have been, if that was not what it said. */
  let instead: string | null = null
  /** Lines without a place, since the last that had one. */
  let foreign: number[] = []
  let gaps: Gap[] = []

  const tell = (kind: ChainProblemKind, line: number, count = 1): void => {
    problemCount += 1
    if (problems.length < MOST_KEPT) problems.push({ segment, kind, line, count })
  }
  /** Lines are not there up to this number. Those without a place may have been some of them. */
  const skip = (to: number, at: number): void => {
    const replaced = foreign.splice(0, to - expected)
    for (const line of replaced) tell('changed', line)
    const from = expected + replaced.length
    if (from < to) gaps.push({ from, to, line: at })
  }
  const tellForeign = (): void => {
    for (const line of foreign) tell('added', line)
    foreign = []
  }
  /** Takes a number out of the gaps, if it is in one. */
  const fill = (number: number): boolean => {
    const gap = gaps.find(({ from, to }) => number >= from && number < to)
    if (gap === undefined) return false
    const rest = [
      { ...gap, to: number },
      { ...gap, from: number + 1 },
    ].filter(({ from, to }) => from < to)
    gaps = [...gaps.filter((other) => other !== gap), ...rest]
    return true
  }

  return {
    take(text, isText) {
      line += 1
      const place = isText ? placeOf(text) : null
      if (place === null) {
        foreign.push(line)
        return
      }
      const { covered, hash, number } = place
      if (number < expected) {
        tell(fill(number) ? 'reordered' : 'added', line)
        return
      }
      const link = linkTo(previous, covered)
      const fits = link === hash || (instead !== null && linkTo(instead, covered) === hash)
      if (number > expected) skip(number, line)
      else if (!fits) tell('changed', line)
      tellForeign()
      instead = fits ? null : link
      previous = hash
      expected = number + 1
      if (number === head?.lines && hash !== head.hash) tell('rewritten', line)
    },
    finish() {
      if (head !== null && head.lines >= expected) skip(head.lines + 1, line + 1)
      tellForeign()
      for (const { from, to, line } of gaps) tell('removed', line, to - from)
      return { lines: expected - 1, hash: previous, problems, problemCount }
    },
  }
}
