import { seededRandom } from '@holdfast/seams/testing'
import { createTally, type TallyOptions } from './evidence/tally.ts'
import type { DailyReport } from './evidence/report.ts'
import type { EvidenceRow, Window } from './evidence/row.ts'
import type { GateInput, GateSettings, SlotResult } from './gates/gate.ts'
import { gateSettings } from './gates/settings.ts'

export const HOUR_MS = 3_600_000
export const DAY_MS: number = 24 * HOUR_MS
/** 09:05 on a day, when the daily job runs. */
export const NOON_MS: number = Date.UTC(2026, 10, 20, 9, 5)
export const WINDOW: Window & { readonly nowMs: number } = {
  fromMs: NOON_MS - DAY_MS,
  toMs: NOON_MS,
  nowMs: NOON_MS,
}

/** A live decision of stage 10 that took the route thought best and went well, in the middle of the window. */
export function row(change: Partial<EvidenceRow> = {}): EvidenceRow {
  return {
    id: 'd1',
    tMs: NOON_MS - DAY_MS / 2,
    subject: null,
    live: { route: 'R1', pilot: 0.1 },
    shadow: { argmax: 'R1' },
    route: 'R1',
    p: 0.1,
    probabilities: { R1: 1, R4: 0 },
    reward: 1,
    triDeltaNorm: 0.1,
    deployment: { sloOk: true, rollback: false, errorRate: 0 },
    anomaly: false,
    fastProbability: 0,
    stage: 10,
    ...change,
  }
}

/** The same for a decision that the guardrail answered. */
export const shadowRow = (change: Partial<EvidenceRow> = {}): EvidenceRow =>
  row({ live: null, route: 'R4', p: 0.9, reward: 0, ...change })

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

export function report(
  rows: Iterable<EvidenceRow>,
  options: Partial<TallyOptions> = {},
): DailyReport {
  const tally = createTally({ ...WINDOW, ...options })
  for (const one of rows) tally.add(one)
  return tally.finish().report
}

export const green: readonly SlotResult[] = ['slot04', 'slot08_lock', 'slot09', 'slot10'].map(
  (slot) => ({ slot, isGreen: true, reason: 'healthy' }),
)

export function input(
  found: DailyReport | null,
  settings: Partial<GateSettings> = {},
  slots: readonly SlotResult[] | null = green,
): GateInput {
  return { report: found, slots, nowMs: NOON_MS, settings: gateSettings(settings) }
}

/** A day under a split of one tenth: the policy earns `gain` more than the guardrail where the two differ. */
export function* day(
  count: number,
  seed: string,
  {
    gain = 0,
    fromMs = WINDOW.fromMs,
    tri = gain,
  }: { gain?: number; fromMs?: number; tri?: number } = {},
): Generator<EvidenceRow> {
  const random = seededRandom(seed)
  for (let i = 0; i < count; i += 1) {
    const best = random.next() < 0.15 ? 'R1' : 'R4'
    const proposed = random.next() < 0.9 ? best : best === 'R1' ? 'R4' : 'R1'
    const probabilities = best === 'R1' ? { R1: 0.9, R4: 1 - 0.9 } : { R1: 1 - 0.9, R4: 0.9 }
    const isLive = random.next() < 0.1
    const route = isLive ? proposed : 'R4'
    const byPolicy = 0.1 * probabilities[route]
    yield {
      id: `${seed}-${i}`,
      tMs: fromMs + Math.floor((i / count) * DAY_MS),
      live: isLive ? { route, pilot: 0.1 } : null,
      shadow: { argmax: best },
      route,
      p: byPolicy + (route === 'R4' ? 0.9 : 0),
      probabilities,
      reward: random.next() < 0.6 + (route === 'R1' ? gain : 0) ? 1 : 0,
      triDeltaNorm: Math.max(-1, Math.min(1, 2 * random.next() - 1 + tri)),
      deployment: { sloOk: true, rollback: false, errorRate: 0 },
      anomaly: false,
      fastProbability: 0,
      stage: 10,
    }
  }
}
