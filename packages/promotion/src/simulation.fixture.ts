import type { Carry } from './evidence/carry.ts'
import { createTally } from './evidence/tally.ts'
import { gateSettings } from './gates/settings.ts'
import { judge } from './gates/judge.ts'
import type { GateName, GateSettings } from './gates/gate.ts'
import { day, DAY_MS, green, NOON_MS } from './rows.fixture.ts'

/** What a rollout that is looked at every day was allowed. */
export interface Looked {
  /** Whether all gates said go on any day: in each mode, and the quality gate alone. */
  readonly runbook: boolean
  readonly statistical: boolean
  readonly quality: boolean
}

/** 28 daily looks at a rollout at stage 10 in which the policy earns `gain` more than the guardrail where both differ. */
export function lookDaily(seed: string, decisions: number, gain: number, looks = 28): Looked {
  let carry: Carry | undefined
  const passed = { runbook: false, statistical: false, quality: false }
  for (let index = 0; index < looks; index += 1) {
    const fromMs = NOON_MS + index * DAY_MS
    const window = { fromMs, toMs: fromMs + DAY_MS, nowMs: fromMs + DAY_MS }
    const tally = createTally({ ...window, ...(carry && { carry }) })
    for (const one of day(decisions, `${seed} ${index}`, { fromMs, gain })) tally.add(one)
    const { report, carry: next } = tally.finish()
    carry = next
    const gatesIn = (mode: GateSettings['mode']) =>
      judge({ report, slots: green, nowMs: window.nowMs, settings: gateSettings({ mode }) })
    const isGo = (gate: GateName): boolean =>
      gatesIn('statistical').gates.some((one) => one.gate === gate && one.verdict === 'go')
    passed.runbook ||= gatesIn('runbook').verdict === 'go'
    passed.statistical ||= gatesIn('statistical').verdict === 'go'
    passed.quality ||= isGo('quality')
  }
  return passed
}
