import { describe } from 'vitest'
import { decisions } from './contract/decisions.ts'
import { keeping } from './contract/keeping.ts'
import { laboratory, type OpenStore } from './contract/laboratory.ts'
import { learning } from './contract/learning.ts'
import { watching } from './contract/watching.ts'

export type { OpenStore, StoreUnderTest } from './contract/laboratory.ts'

/**
 * What every bandit store must do. Each implementation runs this, in vitest, against a real instance of itself.
 * @param open gives a store that has learned nothing, and further users of the same one.
 */
export function banditStoreContract(name: string, open: OpenStore): void {
  describe(`${name} as a bandit store`, () => {
    const lab = laboratory(open)
    learning(lab)
    decisions(lab)
    watching(lab)
    keeping(lab)
  })
}
