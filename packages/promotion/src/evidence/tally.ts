import { bothCompared, Comparison, type ComparisonSettings } from './comparison.ts'
import { newCarry, type Carry } from './carry.ts'
import { estimateOf, OffPolicy, type WeightLimits } from './estimators.ts'
import { numberIn } from './fields.ts'
import { Median } from './median.ts'
import { rejectionOf, type EvidenceRow, type Rejection, type Window } from './row.ts'
import { RouteTable } from './routes.ts'
import { SubjectSplit } from './subjects.ts'
import { qualityOf } from './quality.ts'
import type { DailyReport, QualityEvidence } from './report.ts'
import { checkTally } from './tally-options.ts'

export interface TallyOptions extends Window {
  /** When the report is made, in ms since 1970. */
  readonly nowMs: number
  /** Highest probability of the fast route under an anomaly, 0 to 1. Default .15. */
  readonly fastCap?: number
  readonly comparison?: Partial<ComparisonSettings>
  readonly weightLimits?: Partial<WeightLimits>
  /** Chance of the confidence sequence to be wrong. Default .05. */
  readonly alpha?: number
  /** What earlier reports left; default: nothing, from the beginning of the window on. */
  readonly carry?: Carry
}

/** Makes a report out of rows that come one by one, in one pass, with memory that does not grow but by 8 bytes a TRI Δ. */
export interface Tally {
  /** Rows may come from before the window, where the carried evidence ends earlier. */
  add(row: EvidenceRow): void
  /** The report so far, and what it leaves to the next. */
  finish(): { readonly report: DailyReport; readonly carry: Carry }
}

// Probabilities that add up to the cap in floating point may end a hair above it.
const ROUNDING = 1e-9
const MOST_MEDIANS = 60

/** @throws {RangeError | TypeError} naming a bad option. */
export function createTally(options: TallyOptions): Tally {
  const settings = checkTally(options)
  const window = { fromMs: options.fromMs, toMs: options.toMs }
  const carry = options.carry ?? newCarry(0, window.fromMs, settings.comparison)
  const counts = new Counts(settings.fastCap)
  const settled = new Rollout(settings.comparison, carry)
  const recent = new Rollout(settings.comparison)
  return {
    add(row) {
      const rejection = rejectionOf(row, { fromMs: -Infinity, toMs: window.toMs })
      const isNew = rejection === null && row.tMs >= carry.upToMs
      const isWithin = rejection === null && row.tMs >= window.fromMs
      if (isNew) (isWithin ? recent : settled).add(row)
      if (isWithin) counts.add(row)
      else if (!isNew) counts.reject(rejection ?? 'outside')
    },
    finish() {
      const [before, within] = [settled.known(), recent.known()]
      const compared = bothCompared(before.compared, within.compared)
      const isLook = compared.decisions > carry.seen
      const median = counts.median()
      const point = median === null ? [] : [{ atMs: window.toMs, median }]
      const earlier = carry.medians.filter(({ atMs }) => atMs < window.toMs)
      const next: Carry = {
        ...carry,
        ...before,
        upToMs: Math.max(carry.upToMs, window.fromMs),
        looks: carry.looks + Number(isLook),
        seen: Math.max(carry.seen, compared.decisions),
        medians: [...earlier, ...point].slice(-MOST_MEDIANS),
      }
      const quality = qualityOf({
        carry: next,
        settings,
        compared,
        within: within.compared,
        exposed: before.exposed + within.exposed,
        rollbacks: before.rollbacks + within.rollbacks,
      })
      return { report: counts.report(options, settings.weightLimits, quality), carry: next }
    },
  }
}

/** Makes a report out of rows. @throws what `rows` throws, and as `createTally`. */
export async function reportOf(
  rows: Iterable<EvidenceRow> | AsyncIterable<EvidenceRow>,
  options: TallyOptions,
): Promise<{ readonly report: DailyReport; readonly carry: Carry }> {
  const tally = createTally(options)
  for await (const row of rows) tally.add(row)
  return tally.finish()
}

/** What is known of a rollout, by some of its decisions. */
class Rollout {
  readonly #comparison: Comparison
  #exposed: number
  #rollbacks: number

  constructor(settings: ComparisonSettings, carry?: Carry) {
    this.#comparison = new Comparison(settings, carry?.compared)
    this.#exposed = carry?.exposed ?? 0
    this.#rollbacks = carry?.rollbacks ?? 0
  }

  add(row: EvidenceRow): void {
    this.#comparison.add(row)
    if (row.live === null || typeof row.deployment?.rollback !== 'boolean') return
    this.#exposed += 1
    this.#rollbacks += Number(row.deployment.rollback)
  }

  known(): Pick<Carry, 'compared' | 'exposed' | 'rollbacks'> {
    const [exposed, rollbacks] = [this.#exposed, this.#rollbacks]
    return { compared: this.#comparison.compared(), exposed, rollbacks }
  }
}

/** What is counted of the rows of the window itself. */
class Counts {
  readonly #fastCap: number
  readonly #median = new Median()
  readonly #routes = new RouteTable()
  readonly #split = new SubjectSplit()
  readonly #value = new OffPolicy()
  readonly #rejected: Record<Rejection, number> = { undated: 0, outside: 0, malformed: 0 }
  readonly #tri = { count: 0, negative: 0, zero: 0, positive: 0 }
  readonly #missing = { reward: 0, deployment: 0, tri: 0 }
  #anomalous = 0
  #breaches = 0
  #unknown = 0
  #highest: number | null = null
  #decisions = 0
  #live = 0
  #agreeing = 0
  #rollbacks = 0
  #liveRollbacks = 0

  constructor(fastCap: number) {
    this.#fastCap = fastCap
  }

  reject(rejection: Rejection): void {
    this.#rejected[rejection] += 1
  }

  median(): number | null {
    return this.#median.median()
  }

  add(row: EvidenceRow): void {
    const { live, shadow, reward, triDeltaNorm: tri, deployment } = row
    const isRolledBack = deployment?.rollback === true
    this.#decisions += 1
    this.#rollbacks += Number(isRolledBack)
    this.#missing.reward += Number(reward === null)
    if (live !== null) {
      this.#live += 1
      this.#liveRollbacks += Number(isRolledBack)
      this.#agreeing += Number(live.route === shadow?.argmax)
      this.#missing.deployment += Number(typeof deployment?.rollback !== 'boolean')
      this.#missing.tri += Number(tri === null)
    }
    if (tri !== null) {
      this.#median.add(tri)
      this.#tri.count += 1
      this.#tri[tri < 0 ? 'negative' : tri > 0 ? 'positive' : 'zero'] += 1
    }
    if (row.anomaly) this.#audit(row.fastProbability)
    this.#routes.add(row)
    this.#split.add(row)
    this.#weigh(row)
  }

  report(
    { fromMs, toMs, nowMs }: TallyOptions,
    limits: WeightLimits,
    quality: QualityEvidence,
  ): DailyReport {
    const [decisions, live, rollbacks] = [this.#decisions, this.#live, this.#rollbacks]
    const isKnown = live > this.#missing.deployment
    return {
      version: 1,
      window_minutes: (toMs - fromMs) / 60_000,
      window: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
      generated_at: new Date(nowMs).toISOString(),
      decisions,
      live_decisions: live,
      live_rate: rate(live, decisions),
      agreeing: this.#agreeing,
      rsi: rate(this.#agreeing, live),
      rollbacks,
      live_rollbacks: this.#liveRollbacks,
      rollbacks_per_1k: isKnown ? rate(rollbacks * 1_000, live) : null,
      tri_median: this.median(),
      tri: { ...this.#tri },
      missing_outcomes: { ...this.#missing },
      rejected: { ...this.#rejected },
      fast_cap: {
        cap: this.#fastCap,
        anomalous: this.#anomalous,
        breaches: this.#breaches,
        unknown: this.#unknown,
        highest: this.#highest,
      },
      stage_split: this.#split.split(),
      routes: this.#routes.rows(),
      policy_value: estimateOf(this.#value.sums(), limits),
      quality,
    }
  }

  #audit(fastProbability: number | null): void {
    this.#anomalous += 1
    if (fastProbability === null) {
      this.#unknown += 1
      return
    }
    this.#breaches += Number(fastProbability > this.#fastCap + ROUNDING)
    this.#highest = Math.max(this.#highest ?? 0, fastProbability)
  }

  #weigh({ p, route, probabilities, estimates = {}, reward }: EvidenceRow): void {
    if (p === null || route === null || probabilities === undefined || reward === null) return
    let direct = 0
    for (const [name, share] of Object.entries(probabilities)) {
      direct += share * (numberIn(estimates, name) ?? 0)
    }
    const weight = (numberIn(probabilities, route) ?? 0) / p
    this.#value.add({ weight, reward, direct, estimate: numberIn(estimates, route) ?? 0 })
  }
}

function rate(hits: number, trials: number): number | null {
  return trials === 0 ? null : Number((hits / trials).toFixed(4))
}
