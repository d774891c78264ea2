import type { Sums } from '@holdfast/linucb'
import type { Learned } from './bandit-store.ts'
import { addSums, sumsIn } from './fold.ts'

/**
 * What of the past still counts. It is chosen when what was learned is read, and can be chosen anew at any time:
 * nothing stored changes. Ages are counted in whole epochs back from the newest one that any decision was of.
 */
export interface Forgetting {
  /** After this long an observation counts half, in ms > 0. Default Infinity: for ever whole. */
  readonly halfLifeMs?: number
  /** Observations older than this do not count, in ms > 0. Default Infinity. */
  readonly windowMs?: number
  /**
   * Times whose observations do not count, such as an outage; whole epochs, `toMs` not included. What is no longer kept
   * by epochs is forgotten only together, by a time from 0 to where they begin. Default none.
   */
  readonly forget?: readonly { readonly fromMs: number; readonly toMs: number }[]
}

/** A checked `Forgetting`. */
export type Memory = Required<Forgetting>

/** @throws {RangeError} naming the field, what it may be, and what it was. */
export function checkedForgetting(forgetting: Forgetting): Memory {
  const { halfLifeMs = Infinity, windowMs = Infinity, forget = [] } = forgetting
  for (const [field, value] of Object.entries({ halfLifeMs, windowMs })) {
    if (typeof value !== 'number' || !(value > 0)) throw refusal(field, 'a number of ms > 0', value)
  }
  for (const [i, { fromMs, toMs }] of forget.entries()) {
    if (typeof fromMs !== 'number' || Number.isNaN(fromMs)) {
      throw refusal(`forget[${i}].fromMs`, 'a time in ms since 1970', fromMs)
    }
    if (typeof toMs !== 'number' || !(fromMs < toMs)) {
      throw refusal(`forget[${i}].toMs`, 'a time in ms since 1970 after fromMs', toMs)
    }
  }
  return { halfLifeMs, windowMs, forget: [...forget] }
}

const refusal = (field: string, mayBe: string, was: unknown): RangeError =>
  new RangeError(`forgetting.${field} must be ${mayBe}, got ${String(was)}`)

/**
 * How much the observations of an epoch count, 0 to 1: γ^age with γ = 2^(−1/half-life), age in whole epochs.
 *
 * Source: Russac, Vernade and Cappé, "Weighted Linear Bandits for Non-Stationary Environments", NeurIPS 2019, which
 * discounts at every step; here at every epoch.
 */
export function weightOf(
  epoch: number,
  { newestEpoch, epochMs }: Pick<Learned, 'newestEpoch' | 'epochMs'>,
  { halfLifeMs, windowMs, forget }: Memory,
): number {
  const ageMs = ((newestEpoch ?? epoch) - epoch) * epochMs
  const startMs = epoch * epochMs
  if (ageMs >= windowMs) return 0
  if (forget.some(({ fromMs, toMs }) => startMs + epochMs > fromMs && startMs < toMs)) return 0
  return 2 ** (-ageMs / halfLifeMs)
}

/**
 * What each arm has learned, as far as it still counts: A = Σ weight · A(epoch), b likewise. Pulls and the sum of the
 * rewards are those of all observations. With no forgetting it is exact.
 * @param arms which; default all.
 */
export function weigh(
  learned: Learned,
  memory: Memory,
  arms?: ReadonlySet<string>,
): Map<string, Sums> {
  const result = new Map<string, Sums>()
  const add = (bucket: ReadonlyMap<string, Sums>, weight: number): void => {
    for (const [arm, sums] of bucket) {
      if (arms !== undefined && !arms.has(arm)) continue
      addSums(sumsIn(result, arm, learned.dim), sums, weight)
    }
  }
  const ascending = [...learned.epochs].toSorted(([one], [other]) => one - other)
  const earlier = weightOfEarlier(learned, memory)
  add(learned.imported, earlier)
  add(learned.older, earlier)
  for (const [epoch, bucket] of ascending) add(bucket, weightOf(epoch, learned, memory))
  return result
}

/**
 * How much counts what is from before all epochs that are kept apart, 0 to 1. What was imported or known beforehand
 * is as old as the epoch before the first at least.
 */
export function weightOfEarlier(learned: Learned, memory: Memory): number {
  const { older, epochs, oldestKept } = learned
  if (older.size > 0) return weightBefore(oldestKept, learned, memory)
  return weightBefore(epochs.size === 0 ? null : Math.min(...epochs.keys()), learned, memory)
}

/** The weight of what was gathered before an epoch: as if all of it were of the epoch before. */
function weightBefore(epoch: number | null, learned: Learned, memory: Memory): number {
  if (epoch === null) return 1
  const endMs = epoch * learned.epochMs
  if (memory.forget.some(({ fromMs, toMs }) => fromMs <= 0 && toMs >= endMs)) return 0
  const weight = weightOf(epoch - 1, learned, { ...memory, forget: [] })
  // It grows without end while its age stays where it is: some years of a thousandth would outweigh all that is new.
  return weight <= FORGOTTEN ? 0 : weight
}

/** Ten half-lives. */
const FORGOTTEN = 2 ** -10
