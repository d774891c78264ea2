import { fastCap, freshness, outcomes, slots } from './always.ts'
import { missing } from './found.ts'
import type { Finding, GateInput, GateName, GateResult, GateVerdict, Verdict } from './gate.ts'
import { rollbacksPoint, rsiPoint, triPoint } from './runbook.ts'
import { quality, rollbacksBound, rsiBound, sampleRatio, triSign } from './statistical.ts'

/**
 * Judges: the same input has the same verdict, today and in ten years.
 * @throws {TypeError} naming a part of the input that is not there. What is null in a report is missing data, and a no-go.
 */
export function judge(input: GateInput): Verdict {
  checkInput(input)
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

function checkInput(input: Partial<GateInput> | null): void {
  const { report, slots: slotResults, nowMs, settings } = input ?? {}
  if (typeof report !== 'object') throw new TypeError('judge: report must be a report, or null')
  if (slotResults !== null && !Array.isArray(slotResults)) {
    throw new TypeError('judge: slots must be a list of results, or null')
  }
  if (typeof nowMs !== 'number') throw new TypeError('judge: nowMs must be ms since 1970')
  if (typeof settings !== 'object' || settings === null) {
    throw new TypeError('judge: settings must be what gateSettings() gives')
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
