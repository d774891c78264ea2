import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { lockEngineContract } from './contract.ts'
import { engineOf } from './options.ts'
import { ENGINES, startServant } from './process.fixture.ts'

const fresh = scratch()

for (const name of ENGINES) {
  lockEngineContract(name, () => ({
    engine: engineOf(name),
    freshPath: () => join(fresh(), 'state.json'),
    async holdElsewhere(path) {
      const servant = await startServant()
      const { code } = await servant.ask({
        do: 'acquire',
        name: 'it',
        path,
        options: { engine: name },
      })
      if (code !== undefined) throw new Error(`the other process did not get the lock: ${code}`)
      return { kill: () => servant.kill() }
    },
  }))
}
