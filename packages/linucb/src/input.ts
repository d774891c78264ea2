import { LinUCBInputError, shown } from './errors.ts'

/** The largest size of a context entry or a reward: their products still add up without overflow. */
export const LARGEST = 1e9

/** More than 2⁵³ observations of the largest size add up to. Anything beyond would overflow later. */
export const LARGEST_SUM = 1e36

/**
 * Copies a context, checking it.
 * @throws {LinUCBInputError} naming the entry.
 */
export function readContext(context: ArrayLike<number>, into: Float64Array, field: string): void {
  const dim = into.length
  // A caller without types may give nothing at all.
  const length = (context as ArrayLike<number> | null | undefined)?.length
  if (length !== dim) throw new LinUCBInputError(`${field}.length`, `${dim}`, length)
  for (let i = 0; i < dim; i += 1) {
    const value = context[i]
    // null counts as 0 in arithmetic, and a NaN that went through JSON is a null.
    if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST)) {
      throw new LinUCBInputError(`${field}[${i}]`, `a number of size at most ${LARGEST}`, value)
    }
    into[i] = value
  }
}

/** @throws {LinUCBInputError} if `reward` is not a usable number. */
export function readReward(reward: number, field: string): void {
  if (typeof reward !== 'number' || !(Math.abs(reward) <= LARGEST)) {
    throw new LinUCBInputError(field, `a number of size at most ${LARGEST}`, reward)
  }
}

/** @throws {TypeError} or {RangeError} if `id` cannot name an arm. */
export function checkId(field: string, id: unknown): void {
  if (typeof id !== 'string') throw new TypeError(`${field} must be a string, got ${shown(id)}`)
  // `__proto__` as a key of a plain object is not a key.
  if (id === '' || id === '__proto__') {
    throw new RangeError(`${field} must be a non-empty id other than __proto__, got ${shown(id)}`)
  }
}
