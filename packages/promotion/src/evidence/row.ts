import { isRecord } from './fields.ts'

/** One decision and all that is known of what came of it. A ledger of any kind is turned into such rows by its owner. */
export interface EvidenceRow {
  readonly id: string
  /** When it was decided, in ms since 1970. */
  readonly tMs: number
  /** Who it was decided for; absent when nobody said. */
  readonly subject?: string | null
  /** The learned policy's part, and under which pilot share; null when the decision was shadow. */
  readonly live: { readonly route: string; readonly pilot: number | null } | null
  /** What the learned policy thought best; null when it was not asked. */
  readonly shadow: { readonly argmax: string } | null
  /** The route that answered. Null in rows that do not say. */
  readonly route: string | null
  /** Probability of `route` under everything that decided it, in (0, 1]; null when it was not recorded. */
  readonly p: number | null
  /** Probability of each route under the learned policy alone. */
  readonly probabilities?: Readonly<Record<string, number>>
  /** The reward expected of each route, made before the decision. Any guess keeps the estimates unbiased; a good one makes them precise. */
  readonly estimates?: Readonly<Record<string, number>>
  /** Null until it is known. */
  readonly reward: number | null
  /** Change of the Truth Resonance Index, ÷ 0.2 and cut to −1..1; null when it was not measured. */
  readonly triDeltaNorm: number | null
  /** What the deployment said afterwards; null until it did. */
  readonly deployment: {
    readonly sloOk: boolean | null
    readonly rollback: boolean | null
    readonly errorRate: number | null
  } | null
  /** Whether an anomaly was engaged. */
  readonly anomaly: boolean
  /** Probability of the fast route; null when it was not recorded. */
  readonly fastProbability: number | null
  /** Stage in percent under which it was decided; null when it was not recorded. */
  readonly stage: number | null
}

/** Why a row is not counted. */
export type Rejection = 'undated' | 'outside' | 'malformed'

/** What a window is: from its first moment to just before its last. */
export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** @throws {TypeError | RangeError} unless `window` has two moments in order. */
export function aWindow(window: Window): void {
  if (typeof window !== 'object' || window === null) {
    throw new TypeError(`window must be { fromMs, toMs }, got ${String(window)}`)
  }
  const { fromMs, toMs } = window
  if (!Number.isFinite(fromMs)) throw new RangeError(`fromMs must be finite, got ${fromMs}`)
  if (!Number.isFinite(toMs)) throw new RangeError(`toMs must be finite, got ${toMs}`)
  if (!(fromMs <= toMs)) {
    throw new RangeError(`toMs must not be before fromMs, got ${toMs} and ${fromMs}`)
  }
}

/** Says whether a row may be counted in a window, or why not. Rows come from files that others wrote, so nothing is taken on trust. */
export function rejectionOf(row: EvidenceRow, { fromMs, toMs }: Window): Rejection | null {
  if (typeof row !== 'object' || row === null) return 'malformed'
  if (typeof row.tMs !== 'number' || !Number.isFinite(row.tMs)) return 'undated'
  if (!hasForm(row)) return 'malformed'
  return row.tMs >= fromMs && row.tMs < toMs ? null : 'outside'
}

function hasForm(row: EvidenceRow): boolean {
  const { live, shadow, p, subject = null } = row
  return (
    typeof row.id === 'string' &&
    (subject === null || typeof subject === 'string') &&
    (live === null || typeof live?.route === 'string') &&
    (shadow === null || typeof shadow?.argmax === 'string') &&
    (row.route === null || typeof row.route === 'string') &&
    isNumberOrNull(p, 0, 1) &&
    p !== 0 &&
    isNumberOrNull(row.reward, -Infinity, Infinity) &&
    isNumberOrNull(row.triDeltaNorm, -1, 1) &&
    isNumberOrNull(row.fastProbability, 0, 1) &&
    isNumberOrNull(row.stage, 0, 100) &&
    isNumberOrNull(live?.pilot ?? null, 0, 1) &&
    typeof row.anomaly === 'boolean' &&
    isDeployment(row.deployment) &&
    isShares(row.probabilities) &&
    isNumbers(row.estimates)
  )
}

function isDeployment(deployment: EvidenceRow['deployment']): boolean {
  if (deployment === null) return true
  if (typeof deployment !== 'object') return false
  const { sloOk, rollback, errorRate } = deployment
  return (
    (sloOk === null || typeof sloOk === 'boolean') &&
    (rollback === null || typeof rollback === 'boolean') &&
    isNumberOrNull(errorRate, 0, Infinity)
  )
}

function isNumberOrNull(value: unknown, least: number, most: number): boolean {
  if (value === null) return true
  return typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most
}

function isShares(shares: unknown): boolean {
  if (shares === undefined) return true
  if (!isRecord(shares)) return false
  let sum = 0
  for (const value of Object.values(shares)) {
    if (typeof value !== 'number' || !(value >= 0 && value <= 1)) return false
    sum += value
  }
  return Math.abs(sum - 1) < 1e-6
}

function isNumbers(values: unknown): boolean {
  if (values === undefined) return true
  if (!isRecord(values)) return false
  return Object.values(values).every((value) => Number.isFinite(value))
}
