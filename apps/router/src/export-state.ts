import { replaceJson } from '@holdfast/atomic-json'
import { exportSeedState } from '@holdfast/bandit-store'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@holdfast/seams'
import { ConfigError, type Config } from './config/read-config.ts'
import { LEARNED, openShared } from './learning/learned-store.ts'

/**
 * Writes what was learned as the seed's system keeps it. A router may be at work in the directory meanwhile.
 * @returns the exit code: 0.
 * @throws {ConfigError} if no router has learned there. What it throws otherwise, `openFileStore` does.
 */
export async function exportState(config: Config, file: string): Promise<number> {
  const path = join(config.dataDir, LEARNED)
  // Opening would make the folder, and what is none would be written as knowing nothing.
  if (!existsSync(path))
    throw new ConfigError('--export-state', [`${path}: nothing was learned here`])
  const place = { config, clock: systemClock, random: systemRandom, observe: () => {} }
  const store = await openShared(place)
  try {
    const arms = config.routeList.map(({ id }) => id)
    const state = exportSeedState(store.read(), {
      arms,
      alpha: config.learning.alpha,
      updatedAtMs: systemClock.wallMs(),
    })
    await replaceJson(file, state)
    const pulls = Object.values(state.total_pulls).reduce((sum, count) => sum + count, 0)
    process.stdout.write(`${file}: ${pulls} updates of ${arms.join(', ')}\n`)
    return 0
  } finally {
    await store.close()
  }
}
