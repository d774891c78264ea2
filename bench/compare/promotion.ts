/**
 * How often rollouts that should not be promoted are, when someone looks every day: 200 rollouts at a split of one tenth, 28 looks, two daily
 * volumes, with a policy that earns exactly as much as the guardrail. How long one that is better takes, and how fast a report is made, of
 * evidence and of joined lines.
 */
import {
  createTally,
  evidenceOf,
  gateSettings,
  judge,
  type Carry,
  type EvidenceRow,
  type GateSettings,
  type LedgerDecision,
  type SlotResult,
} from '@holdfast/promotion'
import { systemClock } from '@holdfast/seams'
import { seededRandom } from '@holdfast/seams/testing'
import { quantile, tellReport } from '../report.ts'

const ROLLOUTS = 200
const LOOKS = 28
const VOLUMES = [1_000, 5_000]
const SPLIT = 0.1
const DISAGREEMENT = 0.15
const EXPLORATION = 0.1
const DAY_MS = 86_400_000
const slots: readonly SlotResult[] = gateSettings().slots.map((slot) => ({
  slot,
  isGreen: true,
  reason: 'simulated',
}))

/** The first day, from 1, on which each said go; Infinity for never. */
interface Looked {
  readonly runbook: number
  readonly statistical: number
  readonly quality: number
}

const rows = VOLUMES.map((decisions) => {
  const looked = Array.from({ length: ROLLOUTS }, (_, i) =>
    lookDaily(`null ${decisions} ${i}`, decisions, 0, 0),
  )
  const wrong = (by: keyof Looked): number =>
    looked.filter((one) => one[by] <= LOOKS).length / ROLLOUTS
  return {
    decisions,
    rollouts: ROLLOUTS,
    looks: LOOKS,
    runbook: wrong('runbook'),
    statistical: wrong('statistical'),
    qualityAlone: wrong('quality'),
  }
})

const better = VOLUMES.map((decisions) => {
  // Where the routes differ the policy earns .1 more; over all decisions that is the difference below.
  const gain = 0.1
  const difference = gain * (DISAGREEMENT * (1 - EXPLORATION) + (1 - DISAGREEMENT) * EXPLORATION)
  const days = Array.from(
    { length: 40 },
    (_, i) => lookDaily(`better ${decisions} ${i}`, decisions, gain, 0).quality,
  ).toSorted((a, b) => a - b)
  const median = quantile(days, 0.5)
  return {
    decisions,
    difference: Number(difference.toFixed(4)),
    provenIn28Days: days.filter((one) => one <= LOOKS).length / days.length,
    medianDay: median === Infinity ? null : median,
  }
})

const what = 'share of rollouts promoted wrongly, and days until a better policy is proven'
const report = reportSpeed()
tellReport('promotion', { what, rows, better, report }, () => {
  console.table(rows)
  console.table(better)
  console.table([report])
})

/** How many rows a second a report takes in, as evidence and as lines of a ledger; best of five. */
function reportSpeed(): Readonly<Record<'rows' | 'rowsPerSecond' | 'linesPerSecond', number>> {
  const made = [...day('speed', 200_000, 0, 0)]
  const lines = made.map(lineOf)
  return {
    rows: made.length,
    rowsPerSecond: perSecond(made, (row) => row),
    linesPerSecond: perSecond(lines, (line) => evidenceOf(line)),
  }
}

function perSecond<T>(made: readonly T[], evidence: (one: T) => EvidenceRow | null): number {
  const window = { fromMs: 0, toMs: DAY_MS, nowMs: DAY_MS }
  const seconds = Array.from({ length: 5 }, () => {
    const startMs = systemClock.monotonicMs()
    const tally = createTally(window)
    for (const one of made) {
      const row = evidence(one)
      if (row !== null) tally.add(row)
    }
    tally.finish()
    return (systemClock.monotonicMs() - startMs) / 1_000
  })
  return Math.round(made.length / Math.min(...seconds))
}

/** A decision and its two rewards, as a router writes and a ledger joins them. */
function lineOf({
  id,
  tMs,
  route,
  p,
  probabilities,
  shadow,
  live,
  reward,
}: EvidenceRow): LedgerDecision {
  const scores = { R1: 0.5, R2: 0.5, R3: 0.25, R4: 0.5 }
  const immediate = { tri_delta_norm: 0.1 }
  const deployment = { slo_ok: 1, rollback: 0, error_rate: 0 }
  return {
    id,
    tMs,
    decision: {
      route,
      p,
      probabilities: { R2: 0, R3: 0, ...probabilities },
      scores,
      bounds: scores,
      shadow,
      live,
      pilot: SPLIT,
      subject: id,
      reasons: [],
      named: false,
      after: null,
    },
    outcomes: [
      { fields: { reward, quality: reward, rewards: { immediate } } },
      { fields: { reward: 0, quality: null, rewards: { deployment } } },
    ],
    rewards: { immediate, deployment },
  }
}

function lookDaily(seed: string, decisions: number, gain: number, sinceMs: number): Looked {
  let carry: Carry | undefined
  const first = { runbook: Infinity, statistical: Infinity, quality: Infinity }
  for (let look = 1; look <= LOOKS; look += 1) {
    const fromMs = sinceMs + (look - 1) * DAY_MS
    const window = { fromMs, toMs: fromMs + DAY_MS, nowMs: fromMs + DAY_MS }
    const tally = createTally({ ...window, ...(carry && { carry }) })
    for (const row of day(`${seed} ${look}`, decisions, gain, fromMs)) tally.add(row)
    const { report, carry: next } = tally.finish()
    carry = next
    const judged = (mode: GateSettings['mode']): ReturnType<typeof judge> =>
      judge({ report, slots, nowMs: window.nowMs, settings: gateSettings({ mode }) })
    const statistical = judged('statistical')
    const quality = statistical.gates.find(({ gate }) => gate === 'quality')
    if (judged('runbook').verdict === 'go') first.runbook = Math.min(first.runbook, look)
    if (statistical.verdict === 'go') first.statistical = Math.min(first.statistical, look)
    if (quality?.verdict === 'go') first.quality = Math.min(first.quality, look)
  }
  return first
}

/** The policy prefers R1 in a share of the contexts, explores a little, and answers for one subject in ten. */
function* day(
  seed: string,
  decisions: number,
  gain: number,
  fromMs: number,
): Generator<EvidenceRow> {
  const random = seededRandom(seed)
  const deployment = { sloOk: true, rollback: false, errorRate: 0 }
  for (let i = 0; i < decisions; i += 1) {
    const best = random.next() < DISAGREEMENT ? 'R1' : 'R4'
    const other = best === 'R1' ? 'R4' : 'R1'
    const probabilities = { [best]: 1 - EXPLORATION, [other]: EXPLORATION }
    const proposed = random.next() < EXPLORATION ? other : best
    const isLive = random.next() < SPLIT
    const route = isLive ? proposed : 'R4'
    const byGuardrail = route === 'R4' ? 1 - SPLIT : 0
    yield {
      id: `${i}`,
      tMs: fromMs + i,
      live: isLive ? { route, pilot: SPLIT } : null,
      shadow: { argmax: best },
      route,
      p: SPLIT * (probabilities[route] ?? 0) + byGuardrail,
      probabilities,
      reward: random.next() < 0.6 + (route === 'R1' ? gain : 0) ? 1 : 0,
      triDeltaNorm: Math.min(1, 2 * random.next() - 1 + gain),
      deployment,
      anomaly: false,
      fastProbability: 0,
      stage: SPLIT * 100,
    }
  }
}
