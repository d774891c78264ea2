import { systemClock } from '@holdfast/seams'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptySums } from '@holdfast/linucb'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { banditStoreContract } from '../contract.ts'
import { lesson } from '../contract/laboratory.ts'
import { idAt } from '../records.fixture.ts'
import { openFileStore } from './file-store.ts'

const directory = scratch()

banditStoreContract('a store in files', async (options) => {
  const at = directory()
  const another = () => openFileStore(at, options)
  return { store: await another(), another }
})

describe('a store in files', () => {
  it('writes a duplicate of another process once, and its own not again', async () => {
    const at = directory()
    const [id, other] = [idAt(systemClock.wallMs(), 1), idAt(systemClock.wallMs(), 2)]
    await using one = await openFileStore(at, { dim: 3 })
    await using two = await openFileStore(at, { dim: 3 })
    await one.reward(id, lesson())
    await two.reward(other, lesson())
    await one.catchUp()
    const { sizeBytes: before } = await one.verify()
    expect(await one.reward(id, lesson())).toBe('duplicate')
    expect((await one.verify()).sizeBytes).toBe(before)
    expect(await one.reward(other, lesson())).toBe('duplicate')
    const { sizeBytes: after } = await one.verify()
    expect(after).toBeGreaterThan(before)
    expect(await one.reward(other, lesson())).toBe('duplicate')
    expect((await one.verify()).sizeBytes).toBe(after)
  })

  it('answers every reward before it is closed, also one that must look at the snapshot first', async () => {
    const at = directory()
    let aheadMs = 0
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
    await using other = await openFileStore(at, { dim: 3 })
    const store = await openFileStore(at, { dim: 3, clock })
    for (let i = 0; i < 20; i += 1) {
      await using another = await openFileStore(at, { dim: 3 })
      await another.reward(idAt(systemClock.wallMs(), i), lesson())
    }
    const answers: string[] = []
    const told = store
      .reward(idAt(systemClock.wallMs(), 100), lesson())
      .then((answer) => answers.push(answer))
    aheadMs = 60_000
    await store.close()
    expect(answers).toEqual(['applied'])
    await told
    await other.catchUp()
    expect(other.read().decisions).toBe(21)
  })

  it('has more patience with a decision that was just made, which another process may still be writing down', async () => {
    const at = directory()
    const id = idAt(systemClock.wallMs(), 1)
    const decided = { arm: 'R1', context: new Float64Array(3) }
    await using one = await openFileStore(at, { dim: 3 })
    let pausedMs = 0
    const sleep = async (ms: number): Promise<void> => {
      pausedMs += ms
      if (pausedMs < 500) return
      one.remember(id, decided)
      while (true) {
        await using third = await openFileStore(at, { dim: 3 })
        if ((await third.recall(id)).kind === 'found') return
      }
    }
    await using two = await openFileStore(at, { dim: 3, clock: { ...systemClock, sleep } })
    expect((await two.recall(idAt(systemClock.wallMs() - 6_000, 2))).kind).toBe('unknown')
    expect(pausedMs).toBe(40)
    pausedMs = 0
    expect((await two.recall(id)).kind).toBe('found')
  })

  it('gives up an import when others make snapshots faster than it does', async () => {
    const at = directory()
    let tries = 0
    await using store = await openFileStore(at, { dim: 3 }, (step) => {
      if (step !== 'written') return
      tries += 1
      if (tries > 30) throw new Error('it goes on for ever')
      const taken = readdirSync(at).filter((name) => name.endsWith('.bin')).length
      writeFileSync(join(at, `snapshot.${taken + 1}.bin`), 'of another process')
    })
    await expect(store.importSums(new Map([['R1', emptySums(3)]]))).rejects.toMatchObject({
      code: 'BANDIT_STORE_BROKEN',
      message: expect.stringContaining('changes faster than'),
    })
    expect(store.read().imported.size).toBe(0)
    expect(tries).toBe(10)
  })
})
