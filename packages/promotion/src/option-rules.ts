/**
 * @throws {TypeError} if `options` is no object, or has a field that is no option: a misspelt one would be ignored in
 * silence otherwise.
 */
export function onlyOptions(
  of: string,
  options: unknown,
  names: readonly string[],
  what: 'option' | 'field' = 'option',
): asserts options is object {
  if (typeof options !== 'object' || options === null) {
    const named = what === 'option' ? `${of}: options` : of
    throw new TypeError(`${named} must be an object, got ${shown(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue
    const near = names.find((known) => known.toLowerCase() === name.toLowerCase())
    const hint = near === undefined ? `there are ${names.join(', ')}` : `it is written ${near}`
    throw new TypeError(`${of}: ${name} is no ${what}; ${hint}`)
  }
}

/** @throws {RangeError} unless `value` is a length of time in ms. */
export function lengthMs(name: string, value: number, least = 0): void {
  if (typeof value === 'number' && value >= least && value < Infinity) return
  throw new RangeError(`${name} must be finite and ≥ ${least}, got ${shown(value)}`)
}

/** @throws {RangeError} unless `value` is a moment: whole ms since 1970, of the years a calendar has. */
export function aMoment(name: string, value: number): void {
  if (Number.isSafeInteger(value) && Math.abs(value) <= 8.64e15) return
  throw new RangeError(`${name} must be whole ms since 1970, got ${shown(value)}`)
}

/** @throws {RangeError} unless `value` is a whole number ≥ `least`. */
export function wholeNumber(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new RangeError(`${name} must be an integer ≥ ${least}, got ${shown(value)}`)
}

/** @throws {RangeError} unless `value` is a number from `least` to `most`. */
export function between(name: string, value: number, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  throw new RangeError(`${name} must be from ${least} to ${most}, got ${shown(value)}`)
}

/** @throws {TypeError} unless `value` is one of `names`. */
export function oneOf(name: string, value: unknown, names: readonly string[]): void {
  if (typeof value === 'string' && names.includes(value)) return
  throw new TypeError(`${name} must be one of ${names.join(', ')}, got ${shown(value)}`)
}

/** @throws {TypeError} unless `value` is text with something in it but blanks. */
export function someText(name: string, value: unknown): void {
  if (typeof value === 'string' && value.trim() !== '') return
  throw new TypeError(`${name} must be text that is not empty, got ${shown(value)}`)
}

/** @throws {TypeError} unless `value` is true or false; what stands for it, such as "no", is neither. */
export function trueOrFalse(name: string, value: unknown): void {
  if (typeof value === 'boolean') return
  throw new TypeError(`${name} must be true or false, got ${shown(value)}`)
}

/** @throws {TypeError} unless `value` is a function. */
export function aFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return
  throw new TypeError(`${name} must be a function, got ${shown(value)}`)
}

/** @throws {TypeError} unless `value` is an object with all these methods. */
export function withMethods(name: string, value: unknown, methods: readonly string[]): void {
  const found = (typeof value === 'object' ? value : null) as Record<string, unknown> | null
  if (methods.every((method) => typeof found?.[method] === 'function')) return
  throw new TypeError(`${name} must have ${methods.join(', ')}, got ${shown(value)}`)
}

/** @throws {TypeError} unless `value` is text, which may be empty. */
export function anyText(name: string, value: unknown): void {
  if (typeof value === 'string') return
  throw new TypeError(`${name} must be text, got ${shown(value)}`)
}

/** Text in quotes, so that "5" is told from 5. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
