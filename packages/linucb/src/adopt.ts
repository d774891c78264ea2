import { solve } from './anchor.ts'
import { LinUCBInputError } from './errors.ts'
import { LARGEST_SUM } from './input.ts'
import { packedLength } from './kernel.ts'
import { armOf } from './learn.ts'
import { equationsOf, type Model } from './model.ts'
import type { Sums } from './sums.ts'

/** Puts a copy of `sums` in the place of all an arm has learned. Changes nothing if it throws. */
export function adopt(model: Model, id: string, sums: Sums): void {
  const { settings, play } = model
  const arm = armOf(model, id)
  checkSums(sums, settings.dim)
  const { a, b, pulls, rewardSum } = sums
  const estimate = solve(equationsOf({ start: arm.start, sums }))
  if (estimate === null) throw new LinUCBInputError('sums.a', 'a sum of squares', a)
  arm.sums.a.set(a)
  arm.sums.b.set(b)
  arm.sums.pulls = pulls
  arm.sums.rewardSum = rewardSum
  arm.updatesSinceAnchor = 0
  model.lastUpdateAtMs = settings.clock.wallMs()
  if (arm.slot >= 0) play.kernel.write(arm.slot, estimate)
}

function checkSums({ a, b, pulls, rewardSum }: Sums, dim: number): void {
  checkNumbers('sums.a', a, packedLength(dim))
  checkNumbers('sums.b', b, dim)
  checkNumber('sums.rewardSum', rewardSum)
  if (!(typeof pulls === 'number' && pulls >= 0 && pulls <= Number.MAX_SAFE_INTEGER)) {
    throw new LinUCBInputError('sums.pulls', 'a number from 0 to 2⁵³', pulls)
  }
  for (let i = 0, at = 0; i < dim; at += dim - i, i += 1) {
    if (a[at]! < 0) throw new LinUCBInputError(`sums.a[${at}]`, 'a sum of squares', a[at])
  }
}

function checkNumbers(field: string, values: Float64Array, length: number): void {
  if (!(values instanceof Float64Array) || values.length !== length) {
    throw new LinUCBInputError(field, `a Float64Array of ${length}`, values)
  }
  for (let i = 0; i < length; i += 1) checkNumber(`${field}[${i}]`, values[i]!)
}

function checkNumber(field: string, value: number): void {
  if (typeof value === 'number' && Math.abs(value) <= LARGEST_SUM) return
  throw new LinUCBInputError(field, `a number of size at most ${LARGEST_SUM}`, value)
}
