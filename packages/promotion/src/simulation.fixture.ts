import { seededRandom } from '@holdfast/seams/testing'
import type { Carry } from './evidence/carry.ts'
import type { EvidenceRow } from './evidence/row.ts'
import { createTally } from './evidence/tally.ts'
import { gateSettings } from './gates/settings.ts'
import { judge } from './gates/judge.ts'
import type { GateName, GateSettings, GateVerdict } from './gates/gate.ts'
import { DAY_MS, green, NOON_MS, times } from './rows.fixture.ts'

/** A rollout that stays at one stage. Its users come every day, and some are harder to please than others. */
export interface Simulated {
  readonly seed: string
  readonly decisions: number
  readonly subjects: number
  readonly stage: number
  /** How much more than the guardrail the policy's route earns on a day, from 0 on. Default 0. */
  readonly gain?: (day: number) => number
  readonly looks?: number
  readonly settings?: Partial<GateSettings>
}

/** How often the policy takes its second choice. */
const EXPLORATION = 0.05

/** One look: what all gates of each mode say, and the quality gate alone. */
export type Look = Readonly<Record<'runbook' | 'statistical' | 'quality', GateVerdict>>

/** What the gates say at each of the daily looks, 28 unless told otherwise. */
export function* lookDaily(simulated: Simulated): Generator<Look> {
  const { looks = 28, gain = () => 0, stage, subjects, settings = {} } = simulated
  const random = seededRandom(simulated.seed)
  const users = times(subjects, (i): User => ({
    subject: `user ${i}`,
    isLive: random.next() < stage / 100,
    mean: random.next() < 0.5 ? 0.4 : 0.8,
  }))
  let carry: Carry | undefined
  let before: EvidenceRow[] = []
  for (let index = 0; index < looks; index += 1) {
    const fromMs = NOON_MS + index * DAY_MS
    const window = { fromMs, toMs: fromMs + DAY_MS, nowMs: fromMs + DAY_MS }
    const today = times(simulated.decisions, (i) =>
      decision(
        `${index}-${i}`,
        fromMs,
        users[random.integer(subjects)],
        stage,
        gain(index),
        random,
      ),
    )
    const tally = createTally({ ...window, ...(carry && { carry }) })
    for (const row of before) tally.add(row)
    for (const row of today) tally.add(row)
    const { report, carry: next } = tally.finish()
    carry = next
    before = today
    const judged = (mode: GateSettings['mode']): ReturnType<typeof judge> =>
      judge({
        report,
        slots: green,
        nowMs: window.nowMs,
        settings: gateSettings({ mode, ...settings }),
      })
    const statistical = judged('statistical')
    const of = (name: GateName): GateVerdict =>
      statistical.gates.find(({ gate }) => gate === name)?.verdict ?? 'no-go'
    yield {
      runbook: judged('runbook').verdict,
      statistical: statistical.verdict,
      quality: of('quality'),
    }
  }
}

interface User {
  readonly subject: string
  readonly isLive: boolean
  readonly mean: number
}

/** The policy would answer everything by R1, but for what it explores; the guardrail is R4. */
function decision(
  id: string,
  tMs: number,
  user: User | undefined,
  stage: number,
  gain: number,
  random: ReturnType<typeof seededRandom>,
): EvidenceRow {
  const { subject, isLive, mean } = user ?? { subject: id, isLive: false, mean: 0.6 }
  const share = stage / 100
  const route = isLive && random.next() >= EXPLORATION ? 'R1' : 'R4'
  const probabilities = { R1: 1 - EXPLORATION, R4: EXPLORATION }
  return {
    id,
    tMs,
    subject,
    live: isLive ? { route, pilot: share } : null,
    shadow: { argmax: 'R1' },
    route,
    p: share * probabilities[route] + (route === 'R4' ? 1 - share : 0),
    probabilities,
    reward: random.next() < mean + (route === 'R1' ? gain : 0) ? 1 : 0,
    triDeltaNorm: random.next() < 0.75 ? 0.1 : -0.1,
    deployment: { sloOk: true, rollback: false, errorRate: 0 },
    anomaly: false,
    fastProbability: 0,
    stage,
  }
}
