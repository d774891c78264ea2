import { systemClock } from '@holdfast/seams'
import { quantile } from './report.ts'

const ROUNDS = 40
const WARM_UP_ROUNDS = 5
/** For each contender, before it is measured. */
const WARM_UP_MS = 400
/** Long enough for a turn that the clock's resolution does not show. */
const TURN_MS = 8

/** Does a thing `count` times. */
export type Run = (count: number) => void

/** µs for doing it once. */
export interface Taken {
  readonly name: string
  readonly medianUs: number
  readonly fastestUs: number
  readonly p90Us: number
}

/** Lets all of them run in turns, so that whatever else the machine does falls on all alike. */
export function takeTurns(runs: Readonly<Record<string, Run>>): readonly Taken[] {
  const contenders = Object.entries(runs).map(([name, run]) => {
    const timed = (count: number): number => {
      const startMs = systemClock.monotonicMs()
      run(count)
      return systemClock.monotonicMs() - startMs
    }
    return { name, timed, count: countFor(timed), timesUs: [] as number[] }
  })
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    // Each round begins with another one, every other goes backwards, so that none always follows the
    // same neighbour.
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (let turn = 0; turn < order.length; turn += 1) {
      const { timed, count, timesUs } = order[(round + turn) % order.length]!
      const us = (timed(count) / count) * 1000
      if (round >= WARM_UP_ROUNDS) timesUs.push(us)
    }
  }
  return contenders.map(({ name, timesUs }) => {
    const sorted = timesUs.toSorted((a, b) => a - b)
    const at = (share: number): number => rounded(quantile(sorted, share))
    return { name, medianUs: at(0.5), fastestUs: at(0), p90Us: at(0.9) }
  })
}

/**
 * How many times fill a turn, once the code is compiled. On a busy machine the compiler comes late, and
 * a turn sized by slow code would stay too short for it ever to come.
 */
function countFor(timed: (count: number) => number): number {
  let fastestMs = Infinity
  for (let spentMs = 0, count = 1; spentMs < WARM_UP_MS;) {
    const tookMs = timed(count)
    spentMs += tookMs
    fastestMs = Math.min(fastestMs, tookMs / count)
    if (tookMs < TURN_MS) count *= 2
  }
  return Math.ceil(TURN_MS / fastestMs)
}

export const rounded = (value: number): number => Number(value.toPrecision(3))

export function medianOf(taken: readonly Taken[], name: string): number {
  return taken.find((each) => each.name === name)?.medianUs ?? Number.NaN
}
