/** Something given to a method of the model, or to `priorFromTable`, was refused. Nothing has changed. */
export class LinUCBInputError extends RangeError {
  override readonly name = 'LinUCBInputError'
  readonly code = 'LINUCB_INPUT'
  /** Which argument, for example `context[3]` or `caps.R3`. */
  readonly field: string
  /** What it was. */
  readonly value: unknown

  constructor(field: string, allowed: string, value: unknown) {
    super(`${field} must be ${allowed}, got ${shown(value)}`)
    this.field = field
    this.value = value
  }
}

/** An arm was named that this model does not have. Nothing has changed. */
export class UnknownArmError extends Error {
  override readonly name = 'UnknownArmError'
  readonly code = 'LINUCB_UNKNOWN_ARM'
  /** Where the arm was named: `arm`, `mask` or `caps`. */
  readonly field: string
  readonly arm: unknown
  /** Whether `removeArm` took it away earlier. */
  readonly isRetired: boolean

  constructor(field: string, arm: unknown, known: readonly string[], isRetired: boolean) {
    const why = isRetired ? 'was removed' : 'is unknown'
    super(`${field}: arm ${shown(arm)} ${why}; known arms are ${known.join(', ')}`)
    this.field = field
    this.arm = arm
    this.isRetired = isRetired
  }
}

/** A snapshot cannot be read. No model was made; the snapshot is as it was. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  readonly code = 'LINUCB_SNAPSHOT'
  /** Where in the snapshot, for example `arms.R1.a[3]`. */
  readonly field: string

  constructor(field: string, allowed: string, value: unknown) {
    super(`snapshot ${field} must be ${allowed}, got ${shown(value)}`)
    this.field = field
  }
}

/** A snapshot or prior was learned from contexts of another length. No model was made. */
export class DimensionError extends Error {
  override readonly name = 'DimensionError'
  readonly code = 'LINUCB_DIMENSION'
  /** The length that `options.dim` asks for. */
  readonly expected: number
  /** The length that was found. */
  readonly actual: number

  constructor(what: string, expected: number, actual: number) {
    super(`${what} was learned from contexts of length ${actual}, but options.dim is ${expected}`)
    this.expected = expected
    this.actual = actual
  }
}

/** A value as a message shows it: short, and never throwing. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Float64Array) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
