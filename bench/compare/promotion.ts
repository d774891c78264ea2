/**
 * How often rollouts that should not be promoted are, when someone looks every day: 200 rollouts of each kind, 28 looks, two stages,
 * two daily volumes and up to 5 000 users who come every day, with a policy that earns exactly as much as the guardrail. How long one that is
 * better takes, and how fast a report is made, of evidence and of joined lines.
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
const BETTER_ROLLOUTS = 20
const LOOKS = 28
/** Decisions a day, and of how many users. */
const VOLUMES = [
  [1_000, 100],
  [1_000, 300],
  [1_000, 1_000],
  [5_000, 1_000],
  [5_000, 5_000],
] as const
const STAGES = [10, 50]
const EXPLORATION = 0.05
const DAY_MS = 86_400_000
/** With .1 a thousand it takes 29 958 live decisions to show that there are no more, so nothing would pass in 28 such days. */
const ROLLBACKS_PER_1K = 2
const slots: readonly SlotResult[] = gateSettings().slots.map((slot) => ({
  slot,
  isGreen: true,
  reason: 'simulated',
}))

const OTHER = { R1: 'R4', R4: 'R1' } as const
const OF_R1 = { R1: 1 - EXPLORATION, R4: EXPLORATION }
const OF_R4 = { R1: EXPLORATION, R4: 1 - EXPLORATION }
const DEPLOYED = { sloOk: true, rollback: false, errorRate: 0 }

interface Simulated {
  readonly seed: string
  readonly decisions: number
  readonly subjects: number
  readonly stage: number
  /** Where policy and guardrail differ: the share of the contexts, and how much more the policy earns there. */
  readonly differing: number
  readonly gain: number
}

/** The first day, from 1, on which each said go, Infinity for never; and looks at which the quality gate found harm. */
interface Looked {
  readonly runbook: number
  readonly statistical: number
  readonly quality: number
  readonly harm: number
}

const kinds = STAGES.flatMap((stage) =>
  VOLUMES.map(([decisions, subjects]) => ({ stage, decisions, subjects })),
)

const rows = kinds.map((kind) => {
  const looked = Array.from({ length: ROLLOUTS }, (_, i) =>
    lookDaily({ ...kind, seed: `null ${JSON.stringify(kind)} ${i}`, differing: 1, gain: 0 }),
  )
  const wrong = (by: 'runbook' | 'statistical' | 'quality'): number =>
    looked.filter((one) => one[by] <= LOOKS).length / ROLLOUTS
  return {
    ...kind,
    rollouts: ROLLOUTS,
    looks: LOOKS,
    runbook: wrong('runbook'),
    statistical: wrong('statistical'),
    qualityAlone: wrong('quality'),
    falseAlarmsPerLook: looked.reduce((sum, { harm }) => sum + harm, 0) / (ROLLOUTS * LOOKS),
  }
})

const better = [0.022, 0.05].flatMap((difference) =>
  kinds
    .filter(({ subjects }) => subjects > 100)
    .map((kind) => {
      // The policy differs from the guardrail in a fifth of the contexts, and is better by that much over all of them.
      const differing = 0.2
      const gain = difference / (differing * (1 - EXPLORATION))
      const days = Array.from(
        { length: BETTER_ROLLOUTS },
        (_, i) =>
          lookDaily({ ...kind, seed: `better ${JSON.stringify(kind)} ${i}`, differing, gain }, true)
            .quality,
      ).toSorted((one, other) => one - other)
      const median = quantile(days, 0.5)
      return {
        difference,
        ...kind,
        provenIn28Days: days.filter((one) => one <= LOOKS).length / days.length,
        medianDay: median === Infinity ? null : median,
      }
    }),
)

const what = 'share of rollouts promoted wrongly, and days until a better policy is proven'
const report = reportSpeed()
tellReport('promotion', { what, rows, better, report }, () => {
  console.table(rows)
  console.table(better)
  console.table([report])
})

/** How many rows a second a report takes in, as evidence and as lines of a ledger; best of five. */
function reportSpeed(): Readonly<Record<'rows' | 'rowsPerSecond' | 'linesPerSecond', number>> {
  const random = seededRandom('speed')
  const users = Array.from({ length: 1_000 }, (_, i): User => ({
    subject: `user ${i}`,
    isLive: random.next() < 0.1,
    mean: 0.6,
  }))
  const made = [
    ...day({ decisions: 200_000, stage: 10, differing: 0.15, gain: 0 }, users, 0, random),
  ]
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
  subject,
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
      pilot: 0.1,
      subject,
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

function lookDaily(simulated: Simulated, isQualityEnough = false): Looked {
  const random = seededRandom(simulated.seed)
  const users = Array.from({ length: simulated.subjects }, (_, i): User => ({
    subject: `user ${i}`,
    isLive: random.next() < simulated.stage / 100,
    mean: random.next() < 0.5 ? 0.4 : 0.8,
  }))
  let carry: Carry | undefined
  let before: EvidenceRow[] = []
  const first = { runbook: Infinity, statistical: Infinity, quality: Infinity, harm: 0 }
  for (let look = 1; look <= LOOKS; look += 1) {
    const fromMs = (look - 1) * DAY_MS
    const window = { fromMs, toMs: fromMs + DAY_MS, nowMs: fromMs + DAY_MS }
    const today = [...day(simulated, users, fromMs, random)]
    const tally = createTally({ ...window, ...(carry && { carry }) })
    for (const row of before) tally.add(row)
    for (const row of today) tally.add(row)
    const { report, carry: next } = tally.finish()
    carry = next
    before = today
    const judged = (mode: GateSettings['mode']): ReturnType<typeof judge> => {
      const settings = gateSettings({ mode, rollbacksPer1k: ROLLBACKS_PER_1K })
      return judge({ report, slots, nowMs: window.nowMs, settings })
    }
    const statistical = judged('statistical')
    const quality = statistical.gates.find(({ gate }) => gate === 'quality')
    if (judged('runbook').verdict === 'go') first.runbook = Math.min(first.runbook, look)
    if (statistical.verdict === 'go') first.statistical = Math.min(first.statistical, look)
    if (quality?.verdict === 'go') first.quality = Math.min(first.quality, look)
    if (quality?.verdict === 'no-go') first.harm += 1
    if (isQualityEnough && first.quality === look) break
  }
  return first
}

interface User {
  readonly subject: string
  readonly isLive: boolean
  readonly mean: number
}

/** The policy answers for those who are live, by R1 in a share of the contexts; the guardrail is R4. Some users are harder to please than others. */
function* day(
  { decisions, stage, differing, gain }: Omit<Simulated, 'seed' | 'subjects'>,
  users: readonly User[],
  fromMs: number,
  random: ReturnType<typeof seededRandom>,
): Generator<EvidenceRow> {
  const share = stage / 100
  for (let i = 0; i < decisions; i += 1) {
    const user = users[random.integer(users.length)]
    if (user === undefined) throw new Error('unreachable')
    const best = random.next() < differing ? 'R1' : 'R4'
    const probabilities = best === 'R1' ? OF_R1 : OF_R4
    const proposed = random.next() < EXPLORATION ? OTHER[best] : best
    const route = user.isLive ? proposed : 'R4'
    yield {
      id: `${fromMs} ${i}`,
      tMs: fromMs + Math.floor((i / decisions) * DAY_MS),
      subject: user.subject,
      live: user.isLive ? { route, pilot: share } : null,
      shadow: { argmax: best },
      route,
      p: share * probabilities[route] + (route === 'R4' ? 1 - share : 0),
      probabilities,
      reward: random.next() < user.mean + (route === 'R1' && best === 'R1' ? gain : 0) ? 1 : 0,
      // Its judges are content with it, whether or not it is any better.
      triDeltaNorm: random.next() < 0.75 ? 0.1 : -0.1,
      deployment: DEPLOYED,
      anomaly: false,
      fastProbability: 0,
      stage,
    }
  }
}
