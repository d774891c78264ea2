import { SnapshotError } from './errors.ts'
import {
  checkDiagonal,
  countAt,
  dimAt,
  idsAt,
  numberAt,
  numbersAt,
  recordAt,
  type Fields,
} from './fields.ts'
import { packedLength } from './kernel.ts'
import type { Learned } from './learned.ts'
import type { Sums } from './sums.ts'

/** Reads the state file of the first system, version 1.0, whose ridge of 1 is taken out of A. */
export function readFirst(file: Fields): Learned {
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
