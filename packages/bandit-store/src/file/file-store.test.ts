import { banditStoreContract } from '../contract.ts'
import { scratch } from '../scratch.fixture.ts'
import { openFileStore } from './file-store.ts'

const directory = scratch()

banditStoreContract('a store in files', async (options) => {
  const at = directory()
  const another = () => openFileStore(at, options)
  return { store: await another(), another }
})
