import { join } from 'node:path'
import { seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { filesIn } from './files.fixture.ts'
import { startServant, type Servant } from './process.fixture.ts'
import { readState } from './state.ts'
import { openRunTracker } from './tracker.ts'

const ROUNDS = 40
const RECORDERS = 3
const SEED = 'killed recorders 1'
/** Each round's runs are its own. */
const APART = 100_000
const directory = scratch()

/** The last pair that a recorder was told is in the file, before it was killed. */
function lastWord({ said }: Servant): number {
  const { done, code, message } = said.at(-1)!
  if (code !== undefined) throw new Error(message)
  return done as number
}

describe(`recorders killed at random, ${ROUNDS} rounds, seed "${SEED}"`, () => {
  it('leave a state from before or after an update: each pair of results is there whole, or not at all', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    const random = seededRandom(SEED)
    const start = async (round: number): Promise<Servant> => {
      const recorder = await startServant()
      recorder.tell({ do: 'pairs-for-ever', path, first: (round + 1) * APART })
      return recorder
    }
    const recorders = Array.from({ length: RECORDERS }, (_, round) => start(round))
    const told: number[] = []
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const recorder = await (recorders.shift() ?? start(round))
        // How many answers are heard before the blow decides where it falls.
        for (let i = 1 + random.integer(8); i > 0; i -= 1) await recorder.hear()
        await recorder.kill()
        told[round] = lastWord(recorder)
        expect(await readState(path)).toMatchObject({ kind: 'ok' })
        if (round + RECORDERS < ROUNDS) recorders.push(start(round + RECORDERS))
      }
    } finally {
      await Promise.allSettled(recorders.map(async (recorder) => await (await recorder).kill()))
    }

    await using tracker = await openRunTracker(path)
    for (const [round, last] of told.entries()) {
      const first = (round + 1) * APART
      const status = (run: number): string =>
        `${tracker.statusOf(run)} ${tracker.statusOf(run + 1)}`
      for (let run = first; run <= last; run += 2) expect(status(run)).toBe('done failed')
      // The one in flight.
      expect(['done failed', 'unknown unknown']).toContain(status(last + 2))
      expect(status(last + 4)).toBe('unknown unknown')
    }
    expect(told).toHaveLength(ROUNDS)
    expect(filesIn(at).filter((name) => name.includes('corrupt'))).toEqual([])
  })
})
