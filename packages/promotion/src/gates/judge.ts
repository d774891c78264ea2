import { fastCap, freshness, outcomes, slots } from './always.ts'
import { missing } from './found.ts'
import type { Finding, GateInput, GateName, GateResult, GateVerdict, Verdict } from './gate.ts'
import { rollbacksPoint, rsiPoint, triPoint } from './runbook.ts'
import { quality, rollbacksBound, rsiBound, sampleRatio, triSign } from './statistical.ts'

/** Judges: the same input has the same verdict, today and in ten years. */
export function judge(input: GateInput): Verdict {
  const { report, settings } = input
  const window = report?.window ?? { from: '', to: '' }
  const isAdvisory = (gate: GateName): boolean =>
    (gate === 'tri' && !settings.requireTri) ||
    ((gate === 'quality' || gate === 'sample-ratio') && settings.mode === 'runbook')
  const gates = findings(input).map((found): GateResult => ({
    ...found,
    window,
    isAdvisory: isAdvisory(found.gate),
  }))
  const heard = gates.filter((gate) => !gate.isAdvisory)
  return {
    verdict: worst(heard.map(({ verdict }) => verdict)),
    isMeasured: heard.some(({ verdict, because }) => verdict === 'no-go' && because === 'measured'),
    gates,
  }
}

/** No-go before inconclusive before go. Nothing to hear is a no-go. */
export function worst(verdicts: readonly GateVerdict[]): GateVerdict {
  if (verdicts.length === 0 || verdicts.includes('no-go')) return 'no-go'
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'go'
}

function findings({ report, slots: slotResults, nowMs, settings }: GateInput): Finding[] {
  if (report === null) {
    const what = { value: null, threshold: null, samples: 0, source: 'report' }
    const none = missing({ ...what, gate: 'freshness' }, 'there is no report')
    return [none, slots(slotResults, settings)]
  }
  const isRunbook = settings.mode === 'runbook'
  return [
    freshness(report, settings, nowMs),
    (isRunbook ? rsiPoint : rsiBound)(report, settings),
    (isRunbook ? rollbacksPoint : rollbacksBound)(report, settings),
    (isRunbook ? triPoint : triSign)(report, settings),
    fastCap(report, settings),
    slots(slotResults, settings),
    outcomes(report, settings),
    sampleRatio(report, settings),
    quality(report, settings),
  ]
}
