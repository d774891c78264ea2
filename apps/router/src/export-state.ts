import { replaceJson } from '@holdfast/atomic-json'
import { exportSeedState } from '@holdfast/bandit-store'
import { systemClock, systemRandom } from '@holdfast/seams'
import type { Config } from './config/read-config.ts'
import { openShared } from './learning/learned-store.ts'

/**
 * Writes what was learned as the seed's system keeps it. A router may be at work in the directory meanwhile.
 * @returns the exit code: 0.
 */
export async function exportState(config: Config, file: string): Promise<number> {
  const place = { config, clock: systemClock, random: systemRandom, observe: () => {} }
  const store = await openShared(place)
  try {
    const arms = config.routeList.map(({ id }) => id)
    const state = exportSeedState(store.read(), {
      arms,
      alpha: config.learning.alpha,
      updatedAtMs: systemClock.wallMs(),
    })
    await replaceJson(file, state, { createDirectory: true })
    const pulls = Object.values(state.total_pulls).reduce((sum, count) => sum + count, 0)
    process.stdout.write(`${file}: ${pulls} updates of ${arms.join(', ')}\n`)
    return 0
  } finally {
    await store.close()
  }
}
