import { BanditStoreInputError } from './errors.ts'

/** What is known at once of a decision. */
export interface ImmediateOutcome {
  /** Change of the score that is watched (TRI), any finite number; beyond ±0.2 counts as ±0.2. */
  readonly triDelta: number
  /** In s, ≥ 0; beyond 5 counts as 5. */
  readonly latencyS: number
}

/** What a deployment shows later. */
export interface DeploymentOutcome {
  readonly sloOk: boolean
  readonly rollback: boolean
  /** 0 to 1. */
  readonly errorRate: number
  /** 0 to 1. Default 0. */
  readonly transformRate?: number
}

const WIDEST_TRI = 0.2
const LONGEST_S = 5

/**
 * The immediate part of a reward, −2 to 1: clip(TRI delta, ±0.2)/0.2 − clip(latency, 0..5 s)/5, as the first system
 * computed it.
 * @throws {BanditStoreInputError} naming the field.
 */
export function immediateReward({ triDelta, latencyS }: ImmediateOutcome): number {
  if (!Number.isFinite(triDelta)) {
    throw new BanditStoreInputError('triDelta', 'a finite number', triDelta)
  }
  if (typeof latencyS !== 'number' || !(latencyS >= 0)) {
    throw new BanditStoreInputError('latencyS', 'a number ≥ 0', latencyS)
  }
  const tri = Math.min(Math.max(triDelta, -WIDEST_TRI), WIDEST_TRI) / WIDEST_TRI
  return tri - Math.min(latencyS, LONGEST_S) / LONGEST_S
}

/**
 * The later part of a reward, −3.5 to 1: 1 or −1 for the SLO, −1 for a rollback, − error rate − half the transform rate,
 * as the first system computed it.
 * @throws {BanditStoreInputError} naming the field.
 */
export function deploymentReward(outcome: DeploymentOutcome): number {
  const { sloOk, rollback, errorRate, transformRate = 0 } = outcome
  for (const [field, share] of Object.entries({ errorRate, transformRate })) {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
      throw new BanditStoreInputError(field, 'a number from 0 to 1', share)
    }
  }
  for (const [field, flag] of Object.entries({ sloOk, rollback })) {
    if (typeof flag !== 'boolean') throw new BanditStoreInputError(field, 'true or false', flag)
  }
  return (sloOk ? 1 : -1) - (rollback ? 1 : 0) - errorRate - transformRate / 2
}
