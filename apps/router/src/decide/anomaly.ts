/**
 * The anomaly switch as a value and the function that moves it. It engages on evidence of several samples and of several
 * signals, and releases later than it engaged, so that it does not flap.
 *
 * Source: the seed's anomaly detector (weights of its slot 10), with thresholds that can be reached.
 */

/** What was seen in one window. What is not finite counts as 0. */
export interface AnomalySample {
  /** How far feedback is from what it was, in standard deviations, ≥ 0. 3 is as far as can be. */
  readonly driftZ: number
  /** How late the event loop was, 0 to 0.5. */
  readonly jitter: number
  /** How near to its limit the router or its upstreams are, 0 to 1. */
  readonly pressure: number
}

export interface AnomalyRules {
  /** What each signal counts for, ≥ 0. */
  readonly weights: {
    readonly drift: number
    readonly pressure: number
    readonly jitter: number
  }
  /** A score above it is a breach. */
  readonly tau: number
  /** A score below it lets the switch release. */
  readonly releaseBelow: number
  /** What the newest sample counts for in each smoothed signal, above 0 to 1. */
  readonly ewma: number
}

export interface Anomaly {
  readonly kind: 'calm' | 'engaged'
  /** The signals, smoothed, 0 to 1 each. */
  readonly drift: number
  readonly pressure: number
  readonly jitter: number
  /** Their weighted sum. */
  readonly score: number
  /** Which of the last samples were breaches, at most five, oldest first. */
  readonly breaches: readonly boolean[]
}

/** Before the first sample. */
export const CALM: Anomaly = {
  kind: 'calm',
  drift: 0,
  pressure: 0,
  jitter: 0,
  score: 0,
  breaches: [],
}

const LOOKED_BACK = 5
const BREACHES_TO_ENGAGE = 3

/** Takes in one sample. */
export function sampled(before: Anomaly, sample: AnomalySample, rules: AnomalyRules): Anomaly {
  const { weights, tau, releaseBelow, ewma } = rules
  const smoothed = (old: number, seen: number): number => old + ewma * (share(seen) - old)
  const drift = smoothed(before.drift, sample.driftZ / 3)
  const pressure = smoothed(before.pressure, sample.pressure)
  const jitter = smoothed(before.jitter, sample.jitter / 0.5)
  const score = weights.drift * drift + weights.pressure * pressure + weights.jitter * jitter
  const breaches = [...before.breaches, score > tau].slice(-LOOKED_BACK)
  const isClear = breaches.filter(Boolean).length < BREACHES_TO_ENGAGE
  const stays = before.kind === 'engaged' && !(score < releaseBelow)
  const kind = stays || !isClear ? 'engaged' : 'calm'
  return { kind, drift, pressure, jitter, score, breaches }
}

const share = (value: number): number =>
  Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 0

/** No accepted configuration takes longer, under the worst that can be seen and under nothing at all. */
export const MOST_SAMPLES = 1000

/** Which of the rules keeps the switch from moving, and what it must be. */
export interface Unreachable {
  readonly field: 'tau' | 'releaseBelow' | 'ewma'
  readonly mustBe: string
}

/**
 * What keeps the switch from engaging or from releasing; null if it can do both. It plays the rules, so
 * that what holds is what was tried, to the last digit.
 */
export function unreachable(rules: AnomalyRules): Unreachable | null {
  const { weights, tau, releaseBelow } = rules
  const most = weights.drift + weights.pressure + weights.jitter
  if (!(tau < most)) {
    const mustBe = `below ${most}, the sum of the weights, or the switch can never engage`
    return { field: 'tau', mustBe }
  }
  if (!(releaseBelow < tau)) return { field: 'releaseBelow', mustBe: `below tau, ${tau}` }
  const engaged = played(CALM, { driftZ: 3, jitter: 0.5, pressure: 1 }, rules)
  if (engaged.kind !== 'engaged') {
    const mustBe = `larger, or tau smaller: the switch would not engage within ${MOST_SAMPLES} samples`
    return { field: 'ewma', mustBe }
  }
  const breaches = Array.from({ length: LOOKED_BACK }, () => true)
  const worst: Anomaly = { ...engaged, drift: 1, pressure: 1, jitter: 1, score: most, breaches }
  if (played(worst, { driftZ: 0, jitter: 0, pressure: 0 }, rules).kind === 'calm') return null
  const mustBe = `larger, or ewma: the switch would not release within ${MOST_SAMPLES} samples`
  return { field: 'releaseBelow', mustBe }
}

/** The same sample again and again, until the switch moves or the time is up. */
function played(from: Anomaly, sample: AnomalySample, rules: AnomalyRules): Anomaly {
  let state = from
  for (let i = 0; i < MOST_SAMPLES && state.kind === from.kind; i += 1) {
    state = sampled(state, sample, rules)
  }
  return state
}
