import { DimensionError, LinUCBInputError } from './errors.ts'
import { readContext, readReward } from './input.ts'
import { addObservation, emptySums, type Sums } from './sums.ts'

/** What is known before the first decision, as sums like those that learning makes. */
export interface Prior {
  /** Length of the contexts it was made from. */
  readonly dim: number
  readonly arms: Readonly<Record<string, ArmPrior>>
}

export interface ArmPrior {
  /** Σ x·xᵀ, scaled; upper triangle row by row, d(d+1)/2 numbers. */
  readonly a: readonly number[]
  /** Σ reward·x, scaled; length d. */
  readonly b: readonly number[]
  /** How many observations it counts for. */
  readonly count: number
}

/** One known outcome: what `arm` would have brought, or did bring, in this context. */
export interface OutcomeRow {
  readonly arm: string
  readonly context: ArrayLike<number>
  readonly reward: number
}

/**
 * Sums up a table of known outcomes for a warm start. An arm with more than `effectiveCount` rows
 * counts as that many observations, so that what is learned later still weighs; one with fewer counts
 * as what it is.
 * @param effectiveCount finite and > 0. With 2000, about 2000 live observations weigh as much as the
 *   table.
 * @throws {LinUCBInputError} naming the row and field.
 */
export function priorFromTable(rows: Iterable<OutcomeRow>, effectiveCount: number): Prior {
  if (!(typeof effectiveCount === 'number' && effectiveCount > 0 && effectiveCount < Infinity)) {
    throw new LinUCBInputError('effectiveCount', 'finite and > 0', effectiveCount)
  }
  const arms = new Map<string, Sums>()
  let context = new Float64Array(0)
  let at = 0
  for (const row of rows) {
    if (at === 0) context = new Float64Array(row.context.length)
    checkRow(row, context, `rows[${at}]`)
    const sums = arms.get(row.arm) ?? emptySums(context.length)
    arms.set(row.arm, sums)
    addObservation(sums, context, row.reward)
    at += 1
  }
  if (at === 0) throw new LinUCBInputError('rows', 'at least one outcome', 'none')
  return {
    dim: context.length,
    arms: Object.fromEntries([...arms].map(([id, sums]) => [id, scaled(sums, effectiveCount)])),
  }
}

function checkRow(row: OutcomeRow, context: Float64Array, field: string): void {
  if (typeof row.arm !== 'string' || row.arm === '' || row.arm === '__proto__') {
    throw new LinUCBInputError(`${field}.arm`, 'a non-empty id other than __proto__', row.arm)
  }
  readReward(row.reward, `${field}.reward`)
  readContext(row.context, context, `${field}.context`)
}

function scaled({ a, b, pulls }: Sums, effectiveCount: number): ArmPrior {
  const factor = Math.min(1, effectiveCount / pulls)
  return {
    a: Array.from(a, (value) => value * factor),
    b: Array.from(b, (value) => value * factor),
    count: pulls * factor,
  }
}

/**
 * @throws {DimensionError} if the prior was made from contexts of another length.
 * @throws {LinUCBInputError} if an arm's sums do not have the shape.
 */
export function checkPrior(prior: Prior, dim: number): void {
  if (prior.dim !== dim) throw new DimensionError('prior', dim, prior.dim)
  for (const [id, arm] of Object.entries(prior.arms)) checkArmPrior(arm, dim, `prior.arms.${id}`)
}

/** @throws {LinUCBInputError} if the sums do not have the shape. */
export function checkArmPrior({ a, b, count }: ArmPrior, dim: number, field: string): void {
  checkNumbers(a, (dim * (dim + 1)) / 2, `${field}.a`)
  checkNumbers(b, dim, `${field}.b`)
  if (!(count >= 0 && count < Infinity)) {
    throw new LinUCBInputError(`${field}.count`, 'finite and ≥ 0', count)
  }
}

function checkNumbers(values: readonly number[], length: number, field: string): void {
  if (!Array.isArray(values) || values.length !== length) {
    throw new LinUCBInputError(field, `an array of ${length}`, values)
  }
  const bad = values.findIndex((value) => !Number.isFinite(value))
  if (bad !== -1) throw new LinUCBInputError(`${field}[${bad}]`, 'finite', values[bad])
}
