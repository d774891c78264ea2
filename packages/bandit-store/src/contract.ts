import { describe, expect, it } from 'vitest'
import type { BanditStore } from './bandit-store.ts'

/** What the suite needs of an implementation: the real thing, empty, and others who use the same lessons. */
export interface StoreUnderTest {
  readonly store: BanditStore
  /** Another user of the same lessons, as another process is. */
  another(): Promise<BanditStore>
}

/** What every bandit store must do. Each implementation runs this against a real instance of itself. */
export function banditStoreContract(
  name: string,
  open: (dim: number) => Promise<StoreUnderTest>,
): void {
  describe(`${name} as a bandit store`, () => {
    it('begins with nothing learned', async () => {
      const { store } = await open(3)
      await using _closed = store
      expect(store.read().decisions).toBe(0)
    })
  })
}
