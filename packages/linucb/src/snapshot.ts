import { readEncoded } from './encoded.ts'
import { SnapshotError } from './errors.ts'
import {
  checkDiagonal,
  dimAt,
  idAt,
  lastUpdateAt,
  numberAt,
  numbersAt,
  recordAt,
  retiredAt,
  weightAt,
  type Fields,
} from './fields.ts'
import { readFirst } from './first-snapshot.ts'
import { packedLength } from './kernel.ts'
import type { Learned } from './learned.ts'
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

/** Not a copy: the sums are the model's own. */
export function learnedBy({ settings, arms, retired, lastUpdateAtMs }: Model): Learned {
  return {
    version: '2.0',
    dim: settings.dim,
    arms: new Map([...arms].map(([id, { sums }]) => [id, sums])),
    retired: [...retired],
    lastUpdateAtMs,
  }
}

/**
 * Reads what a model has learned without making one, for instance to add the sums of several.
 * @param value what `snapshot()` or `encode()` gave, or the parsed state file of the first system, version
 *   "1.0", whose ridge of 1 is taken out of A.
 * @throws {SnapshotError} naming the first field that is not as it must be.
 */
export function readSnapshot(value: unknown): Learned {
  if (value instanceof Uint8Array) return readEncoded(value)
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
  const retired = retiredAt(file['retired'], arms)
  return { version: '2.0', dim, arms, retired, lastUpdateAtMs: lastUpdateAt(file) }
}
