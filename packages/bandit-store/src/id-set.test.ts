import { seededRandom } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { IdSet } from './id-set.ts'

const random = seededRandom('ids')

/** 16 bytes of an id of `atMs`, in their hexadecimal form. */
const hexOf = (atMs: number): string =>
  atMs.toString(16).padStart(12, '0') + `7${random.hex(3)}8${random.hex(15)}`

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex')

interface Known {
  readonly flags: number
  readonly marks: readonly [number, number]
}

/** Whether a set knows exactly what a map knows. */
function shows(set: IdSet, model: ReadonlyMap<string, Known>): void {
  expect(set.size).toBe(model.size)
  for (const [hex, { flags, marks }] of model) {
    const place = set.find(bytesOf(hex))
    const found = [place >= 0, set.flagsAt(place), set.markAt(place, 0), set.markAt(place, 1)]
    expect(found).toEqual([true, flags, ...marks])
  }
}

function filled(count: number, timeOf: (i: number) => number) {
  const set = new IdSet()
  const model = new Map<string, Known>()
  for (let i = 0; i < count; i += 1) {
    const hex = hexOf(timeOf(i))
    const known: Known = { flags: 1 + (i % 3), marks: [i * 7919, 0xffffffff - i] }
    const place = set.add(bytesOf(`00${hex}`), 1, known.flags)
    set.setMark(place, 0, known.marks[0])
    set.setMark(place, 1, known.marks[1])
    model.set(hex, known)
  }
  return { set, model }
}

describe('a set of ids', () => {
  it('is empty at first', () => {
    const set = new IdSet()
    expect([set.size, set.find(bytesOf(hexOf(0))), set.timeOfNewest(0)]).toEqual([0, -1, -Infinity])
  })

  it('finds what was added, through every growth, and nothing else', () => {
    const { set, model } = filled(5000, (i) => i)
    shows(set, model)
    for (let i = 0; i < 5000; i += 1) expect(set.find(bytesOf(hexOf(i)))).toBe(-1)
  })

  it('finds an id in the middle of other bytes', () => {
    const { set, model } = filled(10, () => 7)
    const [hex] = [...model.keys()]
    expect(set.find(bytesOf(`abcdef${hex}00`), 3)).toBe(0)
  })

  it('holds ids that differ in one bit only', () => {
    const set = new IdSet()
    const one = bytesOf(hexOf(1_000_000))
    const turned = Array.from({ length: 128 }, (_id, bit) => {
      const id = Buffer.from(one)
      id[bit >> 3]! ^= 1 << (bit & 7)
      return id
    })
    for (const [i, id] of turned.entries()) set.add(id, 0, i)
    expect(set.find(one)).toBe(-1)
    for (const [i, id] of turned.entries()) expect(set.flagsAt(set.find(id))).toBe(i)
  })

  it('changes flags in place', () => {
    const { set } = filled(3, () => 0)
    set.setFlags(1, 255)
    expect([0, 1, 2].map((place) => set.flagsAt(place))).toEqual([1, 255, 3])
  })

  it.each([0, 1, 400, 511, 512, 1500, 2999, 3000])(
    'forgets those before a time, and keeps all else of the others: from %i ms on',
    (fromMs) => {
      const { set, model } = filled(3000, (i) => (i * 7) % 3000)
      set.dropBefore(fromMs)
      for (const hex of model.keys()) {
        if (Number.parseInt(hex.slice(0, 12), 16) < fromMs) model.delete(hex)
      }
      shows(set, model)
      const hex = hexOf(fromMs)
      set.setMark(set.add(bytesOf(hex), 0, 1), 0, 5)
      shows(set, model.set(hex, { flags: 1, marks: [5, 0] }))
    },
  )

  it('knows the time that only so many are newer than', () => {
    const { set } = filled(100, (i) => (i * 37) % 100)
    expect(set.timeOfNewest(0)).toBe(99)
    expect(set.timeOfNewest(10)).toBe(89)
    expect(set.timeOfNewest(99)).toBe(0)
    expect(set.timeOfNewest(100)).toBe(-Infinity)
  })

  it.each([0, 1, 511, 512, 513, 1024, 3000])('comes back from its contents: %i ids', (count) => {
    const { set, model } = filled(count, (i) => i)
    const { keys, flags } = set.contents()
    const again = IdSet.of(Buffer.from(keys), Buffer.from(flags))
    const withoutMarks = new Map(
      [...model].map(([hex, known]) => [hex, { ...known, marks: [0, 0] as const }]),
    )
    shows(again, withoutMarks)
    const hex = hexOf(1)
    again.add(bytesOf(hex), 0, 2)
    shows(again, withoutMarks.set(hex, { flags: 2, marks: [0, 0] }))
  })

  it('holds 200 000 ids of few moments', () => {
    const set = new IdSet()
    const ids = Array.from({ length: 200_000 }, (_id, i) => bytesOf(hexOf(i >> 10)))
    for (const id of ids) set.add(id, 0, 1)
    expect(set.size).toBe(200_000)
    expect(ids.every((id, place) => set.find(id) === place)).toBe(true)
    set.dropBefore(100)
    expect(set.size).toBe(200_000 - 100 * 1024)
    expect(ids.filter((id) => set.find(id) >= 0)).toHaveLength(set.size)
  })
})
