import { systemClock } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { banditStoreContract } from '../contract.ts'
import { lesson } from '../contract/laboratory.ts'
import { idAt } from '../records.fixture.ts'
import { scratch } from '../scratch.fixture.ts'
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
})
