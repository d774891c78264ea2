import { describe, expect, it } from 'vitest'
import type { BanditStore, Decided } from '../bandit-store.ts'
import { DIM, HOUR_MS, NOW_MS, lesson, type Laboratory } from './laboratory.ts'

export function decisions(lab: Laboratory): void {
  describe('a decision that waits for its reward', () => {
    it('is found again, with its context as it is learned', async () => {
      const { store } = await lab.open()
      const id = lab.id()
      store.remember(id, { arm: 'R2', context: [1, 0.1, -8], note: 'für später 🕊' })
      expect(await store.recall(id)).toEqual({
        kind: 'found',
        arm: 'R2',
        context: Float64Array.from([1, 410 / 4096, -8]),
        note: 'für später 🕊',
        rewarded: [],
      })
    })

    it('is found by another user, also by one who comes later', async () => {
      const { store, another } = await lab.open()
      const [other, id] = [await another(), lab.id()]
      store.remember(id, decided())
      // Whoever made it has it at once; to others it is on its way.
      const found = { ...(await store.recall(id)) }
      expect(found).toMatchObject({ kind: 'found', note: '' })
      await untilFound(other, id)
      expect(await other.recall(id)).toEqual(found)
      expect(await (await another()).recall(id)).toEqual(found)
    })

    it('stays when it was rewarded, and tells which parts are known', async () => {
      const { store, another } = await lab.open()
      const [other, id] = [await another(), lab.id()]
      store.remember(id, decided())
      await untilFound(other, id)
      await other.reward(id, lesson({ part: 'later' }))
      await store.catchUp()
      expect(await store.recall(id)).toMatchObject({ kind: 'found', rewarded: ['later'] })
      await store.reward(id, lesson())
      expect(await store.recall(id)).toMatchObject({ rewarded: ['immediate', 'later'] })
    })

    it('is counted until its first reward comes', async () => {
      const { store } = await lab.open()
      const ids = [lab.id(), lab.id(), lab.id()]
      for (const id of ids) store.remember(id, decided())
      expect(store.awaiting).toBe(3)
      await store.reward(ids[0]!, lesson())
      await store.reward(ids[1]!, lesson({ part: 'later' }))
      await store.reward(ids[1]!, lesson())
      expect(store.awaiting).toBe(1)
    })

    it('is unknown when nobody remembers it', async () => {
      const { store } = await lab.open()
      await store.reward(lab.id(), lesson())
      expect(await store.recall(lab.id())).toEqual({ kind: 'unknown' })
    })

    it('expires', async () => {
      const { store, setWallMs } = await lab.open({ deadlineMs: HOUR_MS })
      const id = lab.id()
      store.remember(id, decided())
      setWallMs(NOW_MS + HOUR_MS)
      expect(await store.recall(id)).toMatchObject({ kind: 'found' })
      setWallMs(NOW_MS + HOUR_MS + 1)
      expect(await store.recall(id)).toEqual({ kind: 'expired' })
      expect(store.awaiting).toBe(0)
    })

    it('gives way to newer ones when there are too many', async () => {
      const { store } = await lab.open({ pendingLimit: 10 })
      const ids = Array.from({ length: 25 }, (_id, i) => lab.id(NOW_MS + i))
      for (const id of ids) store.remember(id, decided())
      expect(store.awaiting).toBe(10)
      for (const id of ids.slice(-10)) {
        expect(await store.recall(id)).toMatchObject({ kind: 'found' })
      }
    })

    it('is never taken for another', async () => {
      const { store, another } = await lab.open()
      const users = [store, await another()]
      const made = Array.from({ length: 400 }, (_decision, i) => ({ id: lab.id(), i }))
      for (const { id, i } of made) users[i % 2]!.remember(id, numbered(i))
      for (const user of users) await untilFound(user, made.at(-1)!.id, made.at(-2)!.id)
      const recalled = await Promise.all(
        made.flatMap(({ id }) => users.map((user) => user.recall(id))),
      )
      const expected = made.flatMap(({ i }) => users.map(() => found(i)))
      expect(recalled).toEqual(expected)
    })

    it.each<[string, unknown]>([
      ['arm', { ...decided(), arm: '' }],
      ['context.length', { ...decided(), context: [1] }],
      ['context[2]', { ...decided(), context: [1, 0, '0'] }],
      ['note', { ...decided(), note: 'ä'.repeat(2049) }],
      ['note', { ...decided(), note: 17 }],
      ['note', { ...decided(), note: '\udc00' }],
    ])('is refused if its %s is not as it may be', async (field, given) => {
      const { store } = await lab.open()
      const refusal = expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field })
      expect(() => store.remember(lab.id(), given as Decided)).toThrow(refusal)
      expect(store.awaiting).toBe(0)
    })

    it('is refused without an id of its time', async () => {
      const { store } = await lab.open()
      const refusal = expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field: 'decisionId' })
      expect(() => store.remember('', decided())).toThrow(refusal)
      expect(() => store.remember(lab.id(NOW_MS + 2 * HOUR_MS), decided())).toThrow(refusal)
      await expect(store.recall('17')).rejects.toThrow(refusal)
    })
  })
}

const decided = (): Decided => ({ arm: 'R1', context: [1, 0.5, -0.25] })

const numbered = (i: number): Decided => ({
  arm: `R${i % 5}`,
  context: Array.from({ length: DIM }, (_x, k) => (i + k) / 4096),
  note: `note ${i}`,
})

function found(i: number): object {
  const { arm, context, note } = numbered(i)
  return { kind: 'found', arm, context: Float64Array.from(context), note, rewarded: [] }
}

/** A decision is written behind its maker's back: it is asked for until all of that are there. */
async function untilFound(store: BanditStore, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    for (let tries = 0; (await store.recall(id)).kind !== 'found'; tries += 1) {
      if (tries === 100) throw new Error(`decision ${id} does not become known`)
    }
  }
}
