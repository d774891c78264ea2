/** @throws {TypeError} for what is no object, and for an option that there is not: most likely a slip of the pen. */
export function refuseUnknown(call: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${call}: options must be an object, got ${String(options)}`)
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`${call} has no option ${unknown}; there is ${known.join(', ')}`)
}

/** @throws {RangeError} for what is no integer from `least` on. */
export function integerFrom(least: number, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new RangeError(`${name} must be an integer ≥ ${least}, got ${String(value)}`)
}
