/** @throws {TypeError} if it is no object, or has a field that nobody reads: a name written wrongly would be ignored. */
export function known(name: string, value: object, fields: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, got ${shown(value)}`)
  }
  for (const field of Object.keys(value)) {
    if (fields.includes(field)) continue
    throw new TypeError(`${name} may have ${fields.join(', ')}, got ${shown(field)}`)
  }
}

/** @throws {RangeError} unless it is an integer from `least` to `most`. */
export function whole(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return
  throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${shown(value)}`)
}

/** @throws {RangeError} unless it is over 0, to 1. */
export function fraction(name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= 1) return
  throw new RangeError(`${name} must be over 0 and at most 1, got ${shown(value)}`)
}

/** @throws {RangeError} unless it is a finite number of ms, with or without 0. */
export function length(name: string, value: unknown, range: '≥ 0' | '> 0'): void {
  if (typeof value === 'number' && value < Infinity && (range === '> 0' ? value > 0 : value >= 0)) {
    return
  }
  throw new RangeError(`${name} must be finite and ${range}, got ${shown(value)}`)
}

/** @throws {TypeError} unless it is one of these. */
export function choice(name: string, value: unknown, values: readonly unknown[]): void {
  if (values.includes(value)) return
  throw new TypeError(`${name} must be one of ${values.map(shown).join(', ')}, got ${shown(value)}`)
}

/** Text in quotes, so that "5" is told from 5. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
