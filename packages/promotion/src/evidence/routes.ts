import type { EvidenceRow } from './row.ts'

/** What came of the decisions of one route. Means are null without anything to take them of. */
export interface RouteRow {
  readonly route: string
  readonly decisions: number
  readonly live: number
  readonly missing_rewards: number
  readonly mean_reward: number | null
  readonly rollbacks: number
  readonly slo_ok_rate: number | null
  readonly mean_error_rate: number | null
  readonly mean_tri_delta: number | null
}

interface Sums {
  decisions: number
  live: number
  rollbacks: number
  readonly reward: Mean
  readonly slo: Mean
  readonly error: Mean
  readonly tri: Mean
}

class Mean {
  count = 0
  #sum = 0

  add(value: number | null | undefined): void {
    if (value === null || value === undefined) return
    this.count += 1
    this.#sum += value
  }

  mean(): number | null {
    return this.count === 0 ? null : this.#sum / this.count
  }
}

/** More routes than this share one row, so that a file full of names cannot fill the memory. */
const MOST_ROUTES = 200
/** The row of routes that are too many, and of decisions that name none. */
const OTHERS = '(other)'

/** The table by routes, one row after another. */
export class RouteTable {
  readonly #routes = new Map<string, Sums>()

  add({ route, live, reward, deployment, triDeltaNorm }: EvidenceRow): void {
    const sums = this.#sumsOf(route ?? OTHERS)
    sums.decisions += 1
    if (live !== null) sums.live += 1
    if (deployment?.rollback === true) sums.rollbacks += 1
    sums.reward.add(reward)
    const sloOk = deployment?.sloOk
    sums.slo.add(typeof sloOk === 'boolean' ? Number(sloOk) : null)
    sums.error.add(deployment?.errorRate)
    sums.tri.add(triDeltaNorm)
  }

  /** By name. */
  rows(): RouteRow[] {
    const sorted = [...this.#routes].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return sorted.map(([route, sums]) => ({
      route,
      decisions: sums.decisions,
      live: sums.live,
      missing_rewards: sums.decisions - sums.reward.count,
      mean_reward: sums.reward.mean(),
      rollbacks: sums.rollbacks,
      slo_ok_rate: sums.slo.mean(),
      mean_error_rate: sums.error.mean(),
      mean_tri_delta: sums.tri.mean(),
    }))
  }

  #sumsOf(route: string): Sums {
    const known = this.#routes.get(route)
    if (known !== undefined) return known
    if (this.#routes.size >= MOST_ROUTES && route !== OTHERS) return this.#sumsOf(OTHERS)
    const fresh: Sums = {
      decisions: 0,
      live: 0,
      rollbacks: 0,
      reward: new Mean(),
      slo: new Mean(),
      error: new Mean(),
      tri: new Mean(),
    }
    this.#routes.set(route, fresh)
    return fresh
  }
}
