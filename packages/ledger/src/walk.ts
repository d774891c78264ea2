import { chainStart, linkTo, placeOf } from './chain.ts'
import { createGaps } from './gaps.ts'
import type { Head } from './head.ts'

/**
 * What someone did to a segment. No crash does any of these: it takes away what comes after the head, and nothing else.
 *
 * - `changed`: the line is not what its writer wrote.
 * - `removed`: lines are gone that were there.
 * - `added`: a line that its writer did not write, or not here; anything after a final head.
 * - `reordered`: a line behind one that came after it.
 * - `rewritten`: the lines fit together, but are not those that the head tells of.
 * - `segment-missing`: there is a head and no segment, or a number of its writer that nothing has.
 * - `head-missing`, `head-broken`: there is a segment, and no head of it.
 * - `head-changed`: the head says another time than its lines, so that readings pass over them.
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
  | 'head-changed'
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

/** Goes along the lines of a segment. @param head null if there is none to compare with. */
export function createWalk(segment: string, head: Head | null): Walk {
  const problems: ChainProblem[] = []
  let problemCount = 0
  let line = 0
  let expected = 1
  let previous = chainStart(segment)
  /** What the last link should have been, if that was not what it said. */
  let instead: string | null = null
  /** How many lines without a place there are since the last that had one. */
  let foreign = 0
  const gaps = createGaps()

  const tell = (kind: ChainProblemKind, line: number, count = 1): void => {
    problemCount += 1
    if (problems.length < MOST_KEPT) problems.push({ segment, kind, line, count })
  }
  /** The same of each of some lines in a row. */
  const tellEach = (kind: ChainProblemKind, first: number, lines: number): void => {
    for (let i = 0; i < lines; i += 1) tell(kind, first + i)
  }
  /** Lines are not there up to this number. Those without a place may have been some of them. */
  const skip = (to: number, at: number): void => {
    const replaced = Math.min(foreign, to - expected)
    tellEach('changed', at - foreign, replaced)
    foreign -= replaced
    const gap = { from: expected + replaced, to, line: at }
    if (gap.from < to && !gaps.add(gap)) tell('removed', at, to - gap.from)
  }
  const tellForeign = (at: number): void => {
    tellEach('added', at - foreign, foreign)
    foreign = 0
  }

  return {
    take(text, isText) {
      line += 1
      const place = isText ? placeOf(text) : null
      if (place === null) {
        foreign += 1
        return
      }
      const { covered, hash, number } = place
      if (number < expected) {
        tellForeign(line)
        tell(gaps.fill(number) ? 'reordered' : 'added', line)
        return
      }
      const link = linkTo(previous, covered)
      const fits = link === hash || (instead !== null && linkTo(instead, covered) === hash)
      const end = head?.isFinal === true ? head.lines : Infinity
      const to = Math.min(number, end + 1)
      if (to > expected) skip(to, line)
      if (number > end) tell('added', line)
      else if (number === expected && !fits) tell('changed', line)
      tellForeign(line)
      instead = fits ? null : link
      previous = hash
      expected = number + 1
      if (number === head?.lines && hash !== head.hash) tell('rewritten', line)
    },
    finish() {
      if (head !== null && head.lines >= expected) skip(head.lines + 1, line + 1)
      tellForeign(line + 1)
      for (const { from, to, line } of gaps.rest()) tell('removed', line, to - from)
      return { lines: expected - 1, hash: previous, problems, problemCount }
    },
  }
}
