import { studentQuantile, studentTail } from '../statistics/student.ts'
import { hashOf } from './hash.ts'

/** One decision as it counts for the difference between policy and baseline. Rewards are scaled to 0..1. */
export interface Weighing {
  /** ψ with the worst and with the best outcome that it can have had; the same where the outcome is known. */
  readonly worst: number
  readonly best: number
  /** w_new − w_base, and w_new alone. */
  readonly pull: number
  readonly weight: number
  /** By how much the side that its subject is on moves ψ, per unit of what is left of the reward. */
  readonly lever: number
  /** What is left of the reward after the guess; null where the outcome is missing. */
  readonly rest: number | null
}

/**
 * Sums of decisions by subject: each subject belongs to one of 512 buckets for ever, so a subject's decisions of all days are within one
 * bucket, and buckets are independent of each other where subjects are. Constant memory. Plain data, to go on another day.
 */
export type BucketSums = Readonly<Record<SumName, readonly number[]>>

/** In each list one number a bucket. `ahead` and `behind`: Σ of the pulls above and below zero; `rests`: Σ lever · rest; `excess`: Σ (weight − 1). */
type SumName = (typeof NAMES)[number]

const NAMES = ['worst', 'best', 'ahead', 'behind', 'rests', 'levers', 'excess'] as const
const BUCKETS = 512

/** No decision yet. */
export const noBuckets: BucketSums = mapped(() => Array.from({ length: BUCKETS }, () => 0))

/** Takes decisions in, one by one. */
export class Buckets {
  readonly #sums: Readonly<Record<SumName, number[]>>

  constructor(sums: BucketSums = noBuckets) {
    this.#sums = copyOf(sums)
  }

  /** @param subject who it was decided for; what names the decision alone, where nobody said. */
  add(subject: string, { worst, best, pull, weight, lever, rest }: Weighing): void {
    const at = hashOf(subject) % BUCKETS
    const sums = this.#sums
    const put = (list: number[], value: number): void => {
      list[at] = (list[at] ?? 0) + value
    }
    put(sums.worst, worst)
    put(sums.best, best)
    put(pull > 0 ? sums.ahead : sums.behind, Math.abs(pull))
    put(sums.excess, weight - 1)
    if (rest === null) return
    put(sums.rests, lever * rest)
    put(sums.levers, lever)
  }

  sums(): BucketSums {
    return copyOf(this.#sums)
  }
}

/** Whether these are sums, whoever wrote them. */
export function areBuckets(sums: Partial<BucketSums> | undefined): sums is BucketSums {
  return NAMES.every((name) => sums?.[name]?.length === BUCKETS)
}

/** Both together. */
export function bothBuckets(one: BucketSums, other: BucketSums): BucketSums {
  return mapped((name) => one[name].map((value, i) => value + (other[name][i] ?? 0)))
}

/** What sums say of the difference a decision, in shares of the range of rewards. */
export interface Difference {
  /** With the worst and with the best that missing outcomes can have been. */
  readonly worst: number
  readonly best: number
  readonly worstError: number
  readonly bestError: number
  /** As many subjects of equal weight would be on the smaller of the two sides. */
  readonly subjects: number
}

/**
 * The difference, and how uncertain it is. Two guesses are made of the variance, and the higher one taken: that of the buckets as they are, and
 * that which the split alone would give if both routes earned the same, to which each subject adds whichever side it is on. The
 * first is right whatever policy and baseline earn; the second does not depend on the few subjects that happen to be live.
 *
 * Sources: Liang and Zeger, Biometrika 1986 (variance by clusters); Neyman 1923 (variance of a split); Kish 1965 (effective number).
 */
export function differenceOf(sums: BucketSums, decisions: number): Difference {
  const level = safeRatio(totalOf(sums.rests), totalOf(sums.levers))
  const bySplit = squaresOf(sums.rests.map((rest, i) => rest - level * (sums.levers[i] ?? 0)))
  const spread = (parts: readonly number[]): { readonly mean: number; readonly error: number } => {
    // Taking the usual reward off both sides changes no mean, and makes it the more precise.
    const centred = parts.map(
      (part, i) => part - level * ((sums.ahead[i] ?? 0) - (sums.behind[i] ?? 0)),
    )
    const used = centred.filter((_, i) => (sums.ahead[i] ?? 0) + (sums.behind[i] ?? 0) > 0)
    const total = totalOf(centred)
    const mean = safeRatio(totalOf(used), used.length)
    const byBuckets = safeRatio(squaresOf(used.map((one) => one - mean)), 1 - 1 / used.length)
    return { mean: total / decisions, error: Math.sqrt(Math.max(byBuckets, bySplit)) / decisions }
  }
  const [worst, best] = [spread(sums.worst), spread(sums.best)]
  return {
    worst: worst.mean,
    best: best.mean,
    worstError: worst.error,
    bestError: best.error,
    subjects: Math.min(effective(sums.ahead), effective(sums.behind)),
  }
}

/** The standard error of the mean weight. */
export function excessError({ excess }: BucketSums, decisions: number): number {
  return Math.sqrt(squaresOf(excess)) / decisions
}

/** The chance of such evidence of a mean above zero, when it is not: Student's t, with the degrees that the smaller side has. */
export function chanceOf(mean: number, error: number, subjects: number): number {
  return error > 0 ? studentTail(mean / error, degreesOf(subjects)) : 1
}

/** How far the mean may be from the truth in all but a share `alpha` of all cases, to one side. */
export function reachOf(error: number, subjects: number, alpha: number): number {
  return error * studentQuantile(alpha, degreesOf(subjects))
}

function degreesOf(subjects: number): number {
  return Math.max(1, subjects - 1)
}

/** (Σx)² ÷ Σx². */
function effective(weights: readonly number[]): number {
  return safeRatio(totalOf(weights) ** 2, squaresOf(weights))
}

function totalOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function squaresOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value * value, 0)
}

function safeRatio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}

function copyOf(sums: BucketSums): Readonly<Record<SumName, number[]>> {
  return mapped((name) => [...sums[name]])
}

function mapped(list: (name: SumName) => number[]): Readonly<Record<SumName, number[]>> {
  return Object.fromEntries(NAMES.map((name) => [name, list(name)])) as Record<SumName, number[]>
}
