import { shown, SnapshotError } from './errors.ts'
import { LARGEST_SUM } from './input.ts'
import { packedLength } from './kernel.ts'
import type { Model } from './model.ts'
import type { Sums } from './sums.ts'

/**
 * All that was learned, as plain JSON: sums of observations, without ridge, prior or any other option.
 * Two snapshots of models that learned different observations can be added arm by arm.
 */
export interface LinUCBSnapshot {
  readonly version: '2.0'
  /** Length of every context. */
  readonly dim: number
  /** Every arm with something to remember, by id; also those the options no longer name. */
  readonly arms: Readonly<Record<string, ArmSnapshot>>
  /** Ids of removed arms, which are never used again. */
  readonly retired: readonly string[]
  /** ms since 1970; null before the first update. */
  readonly lastUpdateAtMs: number | null
}

export interface ArmSnapshot {
  /** Σ x·xᵀ, upper triangle row by row, d(d+1)/2 numbers. */
  readonly a: readonly number[]
  /** Σ reward·x, length d. */
  readonly b: readonly number[]
  /** How many observations; a fraction if adopted sums were weighted. */
  readonly pulls: number
  readonly rewardSum: number
}

/** A snapshot of any version, read. */
export interface Learned {
  readonly version: '1.0' | '2.0'
  readonly dim: number
  readonly arms: ReadonlyMap<string, Sums>
  readonly retired: readonly string[]
  readonly lastUpdateAtMs: number | null
}

export function snapshotOf({ settings, arms, retired, lastUpdateAtMs }: Model): LinUCBSnapshot {
  const learned = [...arms.values()].map(({ id, sums: { a, b, pulls, rewardSum } }) => [
    id,
    { a: [...a], b: [...b], pulls, rewardSum },
  ])
  return {
    version: '2.0',
    dim: settings.dim,
    arms: Object.fromEntries(learned) as Record<string, ArmSnapshot>,
    retired: [...retired],
    lastUpdateAtMs,
  }
}

/**
 * Reads a snapshot of version 2.0, or the state file of the first system, version 1.0, whose ridge of 1
 * is taken out of A.
 * @throws {SnapshotError} naming the first field that is not as it must be.
 */
export function readSnapshot(value: unknown): Learned {
  const file = recordAt(value, 'root')
  if (file['version'] === '2.0') return readCurrent(file)
  if (file['version'] === '1.0') return readFirst(file)
  throw new SnapshotError('version', '"2.0" or "1.0"', file['version'])
}

function readCurrent(file: Fields): Learned {
  const dim = dimAt(file['dim'], 'dim')
  const arms = new Map<string, Sums>()
  for (const [id, value] of Object.entries(recordAt(file['arms'], 'arms'))) {
    const field = `arms.${id}`
    const arm = recordAt(value, field)
    const a = numbersAt(arm['a'], packedLength(dim), `${field}.a`)
    checkDiagonal(a, dim, `${field}.a`)
    arms.set(idAt(id, field), {
      a,
      b: numbersAt(arm['b'], dim, `${field}.b`),
      pulls: weightAt(arm['pulls'], `${field}.pulls`),
      rewardSum: numberAt(arm['rewardSum'], `${field}.rewardSum`),
    })
  }
  const retired = idsAt(file['retired'], 'retired')
  const back = retired.findIndex((id) => arms.has(id))
  if (back !== -1) throw new SnapshotError(`retired[${back}]`, 'no arm of `arms`', retired[back])
  const last = file['lastUpdateAtMs']
  return {
    version: '2.0',
    dim,
    arms,
    retired,
    lastUpdateAtMs: last === null ? null : numberAt(last, 'lastUpdateAtMs'),
  }
}

function readFirst(file: Fields): Learned {
  const dim = dimAt(file['context_dim'], 'context_dim')
  const matrices = recordAt(file['A'], 'A')
  const vectors = recordAt(file['b'], 'b')
  const pulls = recordAt(file['total_pulls'], 'total_pulls')
  const rewards = recordAt(file['total_reward'], 'total_reward')
  const arms = new Map<string, Sums>()
  for (const id of idsAt(file['arms'], 'arms')) {
    arms.set(id, {
      a: squareAt(matrices[id], dim, `A.${id}`),
      b: numbersAt(vectors[id], dim, `b.${id}`),
      pulls: countAt(pulls[id], `total_pulls.${id}`),
      rewardSum: numberAt(rewards[id], `total_reward.${id}`),
    })
  }
  const lastSeconds = numberAt(file['last_update_time'], 'last_update_time')
  return {
    version: '1.0',
    dim,
    arms,
    retired: [],
    lastUpdateAtMs: lastSeconds === 0 ? null : lastSeconds * 1000,
  }
}

/** Reads a d × d matrix of rows, which must be symmetric, and takes the ridge of 1 out. */
function squareAt(value: unknown, dim: number, field: string): Float64Array {
  if (!Array.isArray(value) || value.length !== dim) {
    throw new SnapshotError(field, `an array of ${dim} rows`, value)
  }
  const rows = value.map((row, i) => numbersAt(row, dim, `${field}[${i}]`))
  const packed = new Float64Array(packedLength(dim))
  for (let i = 0, at = 0; i < dim; i += 1) {
    for (let k = i; k < dim; k += 1, at += 1) {
      const entry = rows[i]![k]!
      const mirrored = rows[k]![i]!
      if (Math.abs(entry - mirrored) > 1e-9 * Math.max(1, Math.abs(entry))) {
        throw new SnapshotError(`${field}[${i}][${k}]`, `equal to [${k}][${i}]`, entry)
      }
      packed[at] = i === k ? entry - 1 : entry
    }
  }
  checkDiagonal(packed, dim, field)
  return packed
}

type Fields = Readonly<Record<string, unknown>>

function recordAt(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new SnapshotError(field, 'an object', value)
}

function numberAt(value: unknown, field: string): number {
  if (typeof value === 'number' && Math.abs(value) <= LARGEST_SUM) return value
  throw new SnapshotError(field, `a number of size at most ${LARGEST_SUM}`, value)
}

function countAt(value: unknown, field: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new SnapshotError(field, 'a whole number ≥ 0', value)
}

function weightAt(value: unknown, field: string): number {
  if (numberAt(value, field) >= 0) return value as number
  throw new SnapshotError(field, 'a number ≥ 0', value)
}

function dimAt(value: unknown, field: string): number {
  if (countAt(value, field) >= 1 && (value as number) <= 4096) return value as number
  throw new SnapshotError(field, 'from 1 to 4096', value)
}

function numbersAt(value: unknown, length: number, field: string): Float64Array {
  if (!Array.isArray(value) || value.length !== length) {
    throw new SnapshotError(field, `an array of ${length} numbers`, value)
  }
  return Float64Array.from(value, (entry, i) => numberAt(entry, `${field}[${i}]`))
}

function idAt(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '' && value !== '__proto__') return value
  throw new SnapshotError(field, 'an arm with a non-empty id other than __proto__', value)
}

function idsAt(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value)) throw new SnapshotError(field, 'an array of ids', value)
  return value.map((id: unknown, i) => {
    if (value.indexOf(id) === i) return idAt(id, `${field}[${i}]`)
    throw new SnapshotError(`${field}[${i}]`, 'there once', shown(id))
  })
}

function checkDiagonal(a: Float64Array, dim: number, field: string): void {
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) {
    if (a[at]! < 0) throw new SnapshotError(`${field}, diagonal ${i}`, 'a sum of squares', a[at])
  }
}
