import { between, lengthMs, oneOf, onlyOptions, someText } from '../option-rules.ts'
import { GATES, type GateSettings } from './gate.ts'

/**
 * Completes how gates judge.
 * @throws {RangeError | TypeError} naming the option, what it may be and what it was.
 */
export function gateSettings(options: Partial<GateSettings> = {}): GateSettings {
  onlyOptions('gates', options, Object.keys(GATES))
  const settings = { ...GATES, ...options }
  oneOf('mode', settings.mode, ['runbook', 'statistical'])
  between('rsi', settings.rsi, 0, 1)
  between('rollbacksPer1k', settings.rollbacksPer1k, 0, 1_000)
  between('tri', settings.tri, -1, 1)
  if (settings.mode === 'statistical' && settings.tri !== 0) {
    throw new RangeError(`tri must be 0 in mode statistical, got ${settings.tri}`)
  }
  if (typeof settings.requireTri !== 'boolean') {
    throw new TypeError(`requireTri must be true or false, got ${String(settings.requireTri)}`)
  }
  between('triCoverage', settings.triCoverage, 0, 1)
  between('fastCap', settings.fastCap, 0, 1)
  between('alpha', settings.alpha, 1e-6, 0.4)
  between('harmAlpha', settings.harmAlpha, 0, 0.4)
  between('sampleRatioAlpha', settings.sampleRatioAlpha, 0, 0.4)
  between('missingMost', settings.missingMost, 0, 1)
  between('windowMinutes', settings.windowMinutes, 1, 527_040)
  lengthMs('reportAgeMs', settings.reportAgeMs)
  if (!Array.isArray(settings.slots)) throw new TypeError('slots must be a list of names')
  if (settings.slots.length === 0) {
    throw new RangeError('slots must name at least one slot, got none')
  }
  for (const slot of settings.slots) someText('slots', slot)
  return settings
}
