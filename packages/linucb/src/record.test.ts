import { expect, it } from 'vitest'
import { recordMaker } from './record.ts'

it.each([0, 1, 2, 3, 4, 5, 9])('a record of %i arms names each value by its arm', (count) => {
  const ids = Array.from({ length: count }, (_, i) => `arm ${i}`)
  const values = Float64Array.from(ids, (_, i) => i / 10)
  const record = recordMaker(ids)(values)
  expect(Object.entries(record)).toEqual(ids.map((id, i) => [id, i / 10]))
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
})
