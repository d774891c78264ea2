import { describe, expect, it } from 'vitest'
import { Fold } from './fold.ts'
import { IdSet } from './id-set.ts'
import { everything, folded, HOUR_MS, idAt, keyOf, record, RULES } from './records.fixture.ts'

const id = idAt(10 * HOUR_MS)
const first = record(id)
const later = record(id, { part: 'later', reward: -4096 })

/** A lesson of that hour. */
const at = (hour: number, reward: number) => record(idAt(hour * HOUR_MS, reward), { reward })

describe('the epochs of a fold that keeps 3 apart', () => {
  it('are the newest 3; older ones are added up, also late ones', () => {
    const fold = folded([at(1, 1), at(2, 2), at(5, 4), at(3, 8), at(0, 16)])
    expect(new Set(fold.epochs.keys())).toEqual(new Set([5, 3]))
    expect(fold.older.get('R1')).toMatchObject({ pulls: 3, rewardSum: 19 / 4096 })
    expect(fold).toMatchObject({ newestEpoch: 5, oldestKept: 3, decisions: 5 })
  })

  it('are gathered by whoever keeps fewer', () => {
    const { contents } = folded([at(1, 1), at(2, 2), at(3, 4)])
    const fold = new Fold({ ...RULES, keepEpochs: 1 }, contents)
    expect(new Set(fold.epochs.keys())).toEqual(new Set([3]))
    expect(fold.older.get('R1')).toMatchObject({ pulls: 2, rewardSum: 3 / 4096 })
  })

  it('are none at first', () => {
    expect(new Fold(RULES)).toMatchObject({ newestEpoch: null, oldestKept: null, isEmpty: true })
  })
})

describe('a lesson that is known', () => {
  it('is a duplicate', () => {
    const fold = folded([first])
    expect(fold.count(first)).toEqual({ kind: 'duplicate', differs: false })
    expect(fold.count(later)).toMatchObject({ kind: 'applied', differs: false })
    expect(fold.count(later)).toEqual({ kind: 'duplicate', differs: false })
  })

  it.each([
    ['arm', { arm: 'R2' }],
    ['context', { context: Int16Array.from([4096, -2047]) }],
    ['reward', { reward: 2049 }],
    ['reward, its mirror', { reward: -2049 }],
  ])('differs if its %s does, and the first stands', (_what, given) => {
    const fold = folded([first])
    const before = everything(fold)
    expect(fold.count(record(id, given))).toEqual({ kind: 'duplicate', differs: true })
    expect(everything(fold)).toEqual(before)
  })

  it('tells a reward of 0 from none and from the smallest', () => {
    const fold = folded([record(id, { reward: 0 })])
    expect(fold.count(record(id, { reward: 0 }))).toMatchObject({ differs: false })
    expect(fold.count(record(id, { reward: -1 }))).toMatchObject({ differs: true })
  })

  it('differs from nothing when it came from a snapshot, also after its other part', () => {
    const fold = new Fold(RULES, reread(folded([first])))
    expect(fold.count(record(id, { reward: 7 }))).toEqual({ kind: 'duplicate', differs: false })
    expect(fold.count(later)).toMatchObject({ kind: 'applied' })
    expect(fold.count(record(id, { reward: 7 }))).toEqual({ kind: 'duplicate', differs: false })
    expect(fold.count(record(id, { part: 'later', reward: 7 }))).toMatchObject({ differs: true })
  })
})

describe('the second part of a decision', () => {
  it('adds to b only, whichever it is', () => {
    for (const order of [
      [first, later],
      [later, first],
    ]) {
      const { a, b, pulls, rewardSum } = folded(order).epochs.get(10)!.get('R1')!
      expect({ a: [...a], b: [...b], pulls, rewardSum }).toEqual({
        a: [1, -0.5, 0.25],
        b: [-0.5, 0.25],
        pulls: 1,
        rewardSum: -0.5,
      })
    }
  })

  it.each([
    ['arm', { arm: 'R2' }],
    ['context', { context: Int16Array.from([0, 0]) }],
  ])('contradicts the first if it is of another %s', (_what, given) => {
    const fold = folded([first])
    const other = record(id, { ...given, part: 'later' })
    expect(fold.contradicts(later)).toBe(false)
    expect(fold.contradicts(other)).toBe(true)
    expect(fold.count(other)).toMatchObject({ kind: 'applied', differs: true })
    expect(fold.count(other)).toMatchObject({ kind: 'duplicate' })
  })

  it('contradicts nothing when the first came from a snapshot', () => {
    const fold = new Fold(RULES, reread(folded([first])))
    expect(fold.contradicts(record(id, { part: 'later', arm: 'R2' }))).toBe(false)
  })
})

describe('an id', () => {
  it('tells the parts that were counted', () => {
    const fold = folded([])
    expect(fold.partsOf(keyOf(id))).toEqual([])
    fold.count(later)
    expect(fold.partsOf(keyOf(id))).toEqual(['later'])
    fold.count(first)
    expect(fold.partsOf(keyOf(id))).toEqual(['immediate', 'later'])
  })

  it('is forgotten with its time: what is told of it then is late', () => {
    const other = record(idAt(11 * HOUR_MS))
    const fold = folded([first, other])
    fold.dropIdsBefore(11 * HOUR_MS)
    expect(fold.count(first)).toEqual({ kind: 'late' })
    expect(fold.count(later)).toEqual({ kind: 'late' })
    expect(fold.count(other)).toMatchObject({ kind: 'duplicate' })
    fold.dropIdsBefore(0)
    expect(fold.contents.droppedBeforeMs).toBe(11 * HOUR_MS)
    expect(fold.decisions).toBe(2)
  })

  it('is settled when its lesson came from a snapshot, or was made durable here', () => {
    const fold = new Fold(RULES, reread(folded([first])))
    const another = record(idAt(11 * HOUR_MS))
    fold.count(another)
    expect(fold.isSettled(first)).toBe(true)
    expect(fold.isSettled(later)).toBe(false)
    expect(fold.isSettled(another)).toBe(false)
    fold.settle(another)
    expect(fold.isSettled(another)).toBe(true)
    fold.count(later)
    expect(fold.isSettled(later)).toBe(false)
    expect(fold.isSettled(first)).toBe(true)
  })
})

/** Contents as a snapshot gives them back: without what only this process knows of ids. */
function reread({ contents }: Fold): Fold['contents'] {
  const { keys, flags } = contents.ids.contents()
  return { ...contents, ids: IdSet.of(keys, flags) }
}
