import { banditStoreContract } from './contract.ts'
import { createMemoryStore } from './memory-store.ts'

banditStoreContract('a store in memory', (options) => {
  const store = createMemoryStore(options)
  return Promise.resolve({ store, another: () => Promise.resolve(store.another()) })
})
