import { addObservation, emptySums } from '@holdfast/linucb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyContents, Fold } from '../fold.ts'
import { everything, folded, HOUR_MS, idAt, record, RULES, tellings } from '../records.fixture.ts'
import {
  decodeFrame,
  decodeSnapshot,
  encodeSnapshot,
  headerBytes,
  PREFIX_BYTES,
  type SnapshotFrame,
} from './snapshot.ts'

const frame: SnapshotFrame = {
  dim: 2,
  epochMs: HOUR_MS,
  number: 17,
  name: 'this',
  previous: 'that',
  isAnew: false,
  covered: new Map([
    ['größer.0', 4096],
    ['own.1', Infinity],
  ]),
  refuseBeforeMs: 12,
  droppedBeforeMs: -Infinity,
}

/** A fold with something in each of its parts. */
function learned(): Fold {
  const ids = [0, 1, 2, 9].map((hour) => idAt(hour * HOUR_MS))
  const fold = folded(ids.map((id, i) => record(id, { arm: i % 2 === 0 ? 'R1' : 'größer' })))
  fold.count(record(ids[3]!, { part: 'later', arm: 'größer' }))
  const imported = emptySums(2)
  addObservation(imported, Float64Array.from([1 / 3, Math.PI]), 0.1)
  fold.adoptImported(new Map([['R1', imported]]))
  return fold
}

/** A fold of what was written. */
const reread = (bytes: Buffer): Fold => new Fold(RULES, decodeSnapshot('s', bytes).contents)

const bytes = encodeSnapshot(frame, learned().contents)
const broken = expect.objectContaining({ code: 'BANDIT_STORE_BROKEN', path: 's' }) as Error

describe('a snapshot', () => {
  it('comes back in every bit', () => {
    const { frame: again } = decodeSnapshot('s', bytes)
    expect(again).toEqual(frame)
    expect(everything(reread(bytes))).toEqual(everything(learned()))
  })

  it('comes back in every bit, whatever was learned', () => {
    fc.assert(
      fc.property(tellings, (list) => {
        const fold = folded(list)
        expect(everything(reread(encodeSnapshot(frame, fold.contents)))).toEqual(everything(fold))
      }),
    )
  })

  it('goes on as if it had never been written', () => {
    fc.assert(
      fc.property(tellings, fc.nat(100), (list, at) => {
        const fold = reread(encodeSnapshot(frame, folded(list.slice(0, at)).contents))
        for (const one of list) fold.count(one)
        expect(everything(fold)).toEqual(everything(folded(list)))
      }),
    )
  })

  it('may be of nothing', () => {
    const empty = encodeSnapshot({ ...frame, covered: new Map() }, emptyContents())
    expect(decodeSnapshot('s', empty).frame.covered.size).toBe(0)
    expect(reread(empty).isEmpty).toBe(true)
  })

  it('shares nothing with the fold it was made of', () => {
    const fold = learned()
    const before = everything(fold)
    const again = reread(encodeSnapshot(frame, fold.contents))
    again.count(record(idAt(9 * HOUR_MS, 5)))
    expect(everything(fold)).toEqual(before)
  })

  it('tells its frame from its beginning', () => {
    const needed = headerBytes('s', bytes.subarray(0, PREFIX_BYTES))
    expect(decodeFrame('s', bytes.subarray(0, needed))).toEqual(frame)
  })

  it('keeps what only its process knew of an id to itself', () => {
    const fold = folded([record(idAt(0))])
    fold.settle(record(idAt(0)))
    const { flags } = decodeSnapshot(
      's',
      encodeSnapshot(frame, fold.contents),
    ).contents.ids.contents()
    expect([...flags]).toEqual([1])
  })
})

describe('a snapshot that is damaged is refused', () => {
  it('wherever it is cut', () => {
    for (let end = 0; end < bytes.length; end += 1) {
      expect(() => decodeSnapshot('s', bytes.subarray(0, end))).toThrow(broken)
    }
  })

  it('whichever byte is another', () => {
    for (let at = 0; at < bytes.length; at += 1) {
      // The last four bytes of the prefix mean nothing.
      if (at >= PREFIX_BYTES - 4 && at < PREFIX_BYTES) continue
      for (const bit of [1, 128]) {
        const turned = Buffer.from(bytes)
        turned[at]! ^= bit
        expect(() => decodeSnapshot('s', turned)).toThrow(broken)
      }
    }
  })

  it('when something follows', () => {
    expect(() => decodeSnapshot('s', Buffer.concat([bytes, Buffer.alloc(8)]))).toThrow(broken)
  })

  it('also by those who read its frame only', () => {
    const end = headerBytes('s', bytes)
    for (let at = 0; at < end; at += 1) {
      // The check sum of all, and what means nothing, is not theirs.
      if (at >= PREFIX_BYTES - 8 && at < PREFIX_BYTES) continue
      const turned = Buffer.from(bytes.subarray(0, end))
      turned[at]! ^= 1
      expect(() => decodeFrame('s', turned)).toThrow(broken)
    }
  })
})

describe('a snapshot of a newer version', () => {
  it('is told from one that is damaged', () => {
    const newer = { ...frame, version: 2 } as SnapshotFrame
    expect(() => decodeSnapshot('s', encodeSnapshot(newer, emptyContents()))).toThrow(
      expect.objectContaining({ code: 'BANDIT_STORE_VERSION', version: 2, path: 's' }),
    )
  })
})
