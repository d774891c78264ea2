import { betterOf, isWorse, worseOf, type Status } from './status.ts'

/** What is held of a check, and the results that may still change it. */
export interface Standing {
  readonly status: Status
  /** Whether any result so far told something. */
  readonly isKnown: boolean
  /** The last results since then, oldest first; no more than the rule needs. */
  readonly recent: readonly Status[]
}

export interface Patience {
  /** Results in a row that are worse, before the status becomes worse. Integer ≥ 1. */
  readonly failAfter: number
  /** Results in a row that are better, before the status becomes better. Integer ≥ 1. */
  readonly okAfter: number
}

/** Nobody has looked yet. */
export const UNSEEN: Standing = { status: 'unknown', isKnown: false, recent: [] }

/**
 * Takes in a result. The status becomes as bad as the mildest of the last `failAfter` results, or as good as the worst of
 * the last `okAfter`: one result that falls out of line moves nothing. The first result that tells anything counts
 * at once, because until then there is nothing to hold on to.
 */
export function judged(before: Standing, seen: Status, patience: Patience): Standing {
  if (!before.isKnown) {
    return seen === 'unknown' ? UNSEEN : { status: seen, isKnown: true, recent: [seen] }
  }
  const { failAfter, okAfter } = patience
  const recent = [...before.recent, seen].slice(-Math.max(failAfter, okAfter))
  return { status: moved(before.status, recent, patience), isKnown: true, recent }
}

/** What stands is always among the results kept, so that too few of them move nothing. */
function moved(status: Status, recent: readonly Status[], patience: Patience): Status {
  const mildest = recent.slice(-patience.failAfter).reduce(betterOf)
  if (isWorse(mildest, status)) return mildest
  const worst = recent.slice(-patience.okAfter).reduce(worseOf)
  return isWorse(status, worst) ? worst : status
}
