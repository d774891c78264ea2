const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * A length of time as people write it, in ms: `500ms`, `30s`, `1.5h`, `7d`. A number alone is none: who types 12 may mean hours.
 * @throws {RangeError} saying what it may be.
 */
export function readDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN)
  if (number !== '' && ms > 0 && Number.isFinite(ms)) return ms
  throw new RangeError(
    'It must be a length of time > 0 with its unit, such as 500ms, 30s, 5m, 2h or 7d.',
  )
}

/** A length of time for people, in its two largest units: `3 h 12 min`. */
export function durationText(ms: number): string {
  const s = Math.max(0, ms) / 1_000
  if (s < 1) return `${Math.round(s * 1_000)} ms`
  if (s < 60) return `${Math.floor(s)} s`
  if (s < 3_600) return pair(s, 60, 'min', 's')
  if (s < 86_400) return pair(s / 60, 60, 'h', 'min')
  return pair(s / 3_600, 24, 'd', 'h')
}

function pair(amount: number, per: number, large: string, small: string): string {
  const whole = Math.floor(amount)
  const rest = whole % per
  return `${Math.floor(whole / per)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
