/**
 * One choice and one update of a bandit: this package beside the same algorithm on ml-matrix, and beside
 * an inverse at every choice, in one run, taking turns. The package is measured through its public
 * `decide` and `learn`, with ids, everything included.
 */
import { createLinUCB } from '@holdfast/linucb'
import { seededRandom, systemClock } from '@holdfast/seams'
import { quantile, tellReport } from '../report.ts'
import { InverseEachTime, ShermanMorrison, type Contender } from '../linucb-on-ml-matrix.ts'

const ROUNDS = 40
const WARM_UP_ROUNDS = 5
/** For each contender, before it is measured. */
const WARM_UP_MS = 400
/** Long enough for a turn that the clock's resolution does not show. */
const TURN_MS = 8
const ALPHA = 0.1
const CONTEXTS = 1024

const sizes = [
  { dim: 5, arms: 4, barUs: 0.5 },
  { dim: 64, arms: 10, barUs: 30 },
]
const names = ['@holdfast/linucb', 'ml-matrix, Sherman–Morrison', 'ml-matrix, inverse each time']

/** The package behind the interface of the others. */
function packaged(arms: number, dim: number): Contender {
  const ids = Array.from({ length: arms }, (_, i) => `R${i + 1}`)
  const numbers = new Map(ids.map((id, i) => [id, i]))
  const model = createLinUCB({ arms: ids, dim, alpha: ALPHA })
  const random = seededRandom('ids')
  const decisions = Array.from({ length: CONTEXTS }, () => ({ id: random.hex(32) }))
  let next = 0
  return {
    choose(context) {
      next = (next + 1) % CONTEXTS
      const { arm } = model.decide(context, decisions[next])
      return numbers.get(arm) ?? 0
    },
    learn: (arm, context, reward) => model.learn(ids[arm] ?? '', context, reward),
  }
}

/** A stream of rounds in which the best arm depends on the context. */
function streamOf(arms: number, dim: number) {
  const random = seededRandom(`stream ${dim}`)
  const uniform = (): number => random.next() * 2 - 1
  return Array.from({ length: CONTEXTS }, () => ({
    context: Float64Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : uniform())),
    rewards: Float64Array.from({ length: arms }, uniform),
  }))
}

/** µs per choice and update, each contender's list as long as there are rounds. */
function measure(arms: number, dim: number): readonly (readonly number[])[] {
  const stream = streamOf(arms, dim)
  const contenders = [
    packaged(arms, dim),
    new ShermanMorrison(arms, dim, ALPHA),
    new InverseEachTime(arms, dim, ALPHA),
  ]
  const times: number[][] = contenders.map(() => [])
  const turns = contenders.map((contender) => {
    let at = 0
    return (count: number): number => {
      const startMs = systemClock.monotonicMs()
      for (let i = 0; i < count; i += 1) {
        at = (at + 1) % CONTEXTS
        const round = stream[at]
        if (round === undefined) break
        const arm = contender.choose(round.context)
        contender.learn(arm, round.context, round.rewards[arm] ?? 0)
      }
      return systemClock.monotonicMs() - startMs
    }
  })
  const counts = turns.map((turn) => countFor(turn))
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    // Each round begins with another one, so that none always follows the same neighbour.
    for (let turn = 0; turn < turns.length; turn += 1) {
      const which = (round + turn) % turns.length
      const count = counts[which] ?? 1
      const us = ((turns[which]?.(count) ?? Number.NaN) / count) * 1000
      if (round >= WARM_UP_ROUNDS) times[which]?.push(us)
    }
  }
  return times
}

/**
 * How many rounds fill a turn, once the code is compiled. On a busy machine the compiler comes late, and
 * a turn sized by slow code would stay too short for it ever to come.
 */
function countFor(turn: (count: number) => number): number {
  let fastestMs = Infinity
  for (let spentMs = 0, count = 1; spentMs < WARM_UP_MS;) {
    const tookMs = turn(count)
    spentMs += tookMs
    fastestMs = Math.min(fastestMs, tookMs / count)
    if (tookMs < TURN_MS) count *= 2
  }
  return Math.ceil(TURN_MS / fastestMs)
}

const rounded = (us: number): number => Number(us.toPrecision(3))

const results = sizes.map(({ dim, arms, barUs }) => {
  const rows = measure(arms, dim).map((list, i) => {
    const sorted = list.toSorted((a, b) => a - b)
    return {
      name: names[i] ?? '',
      medianUs: rounded(quantile(sorted, 0.5)),
      fastestUs: rounded(quantile(sorted, 0)),
      p90Us: rounded(quantile(sorted, 0.9)),
    }
  })
  const [own, shermanMorrison, inverse] = rows.map(({ medianUs }) => medianUs)
  return {
    dim,
    arms,
    barUs,
    rows,
    timesFasterThanShermanMorrison: rounded((shermanMorrison ?? 0) / (own ?? 0)),
    timesFasterThanInverseEachTime: rounded((inverse ?? 0) / (own ?? 0)),
  }
})
const what = 'one decide and one learn, in µs; medians of interleaved turns'
tellReport('linucb', { what, results }, () => {
  for (const { dim, arms, rows, ...result } of results) {
    console.log(`\nd = ${dim}, ${arms} arms: µs for one choice and one update`)
    console.table(rows)
    console.log(
      `${result.timesFasterThanShermanMorrison} times faster than Sherman–Morrison on ml-matrix ` +
        `(bar: 5); bar for the median: ${result.barUs} µs`,
    )
  }
})
