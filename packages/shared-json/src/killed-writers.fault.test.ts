import { join } from 'node:path'
import type { EngineName } from '@holdfast/file-lock'
import { seededRandom } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { check, type Ledger } from './commands.fixture.ts'
import { startServant, type Servant } from './process.fixture.ts'
import { readSharedJson } from './read.ts'

const ROUNDS = 40
const WRITERS = 3
const SEED = 'killed updates 1'
const ENGINES: readonly EngineName[] = ['proper-lockfile', 'direct', 'kernel']
const directory = scratch()
const ways = ENGINES.flatMap((engine) => [
  { engine, fenced: false, waitMs: 60_000 },
  { engine, fenced: true, waitMs: 60_000 },
])

/** The last count of a writer that was killed. */
function lastWord({ said }: Servant): number {
  const { done, code, message } = said.at(-1)!
  if (code !== undefined) throw new Error(message)
  return done as number
}

describe.each(ways)(
  `writers killed at random, ${ROUNDS} rounds, seed "${SEED}", engine $engine, fenced $fenced`,
  (options) => {
    it('leave all that they were told is in the file, and at most the one update in flight besides', async () => {
      const path = join(directory(), 'state.json')
      const random = seededRandom(SEED)
      const startWriter = async (round: number): Promise<Servant> => {
        const writer = await startServant()
        writer.tell({ do: 'add-for-ever', path, writer: `w${round}`, options })
        return writer
      }
      const read = async (): Promise<Ledger> => {
        const found = await readSharedJson<Ledger>(path, options)
        if (found.kind !== 'ok') throw new Error(found.reason)
        check(found.value)
        return found.value
      }

      const writers = Array.from({ length: WRITERS }, (_, index) => startWriter(index))
      const told: number[] = []
      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          const writer = await (writers.shift() ?? startWriter(round))
          // How many counts are heard before the blow decides where it falls.
          for (let i = 1 + random.integer(8); i > 0; i -= 1) await writer.hear()
          await writer.kill()
          told[round] = lastWord(writer)
          await read()
          if (round + WRITERS < ROUNDS) writers.push(startWriter(round + WRITERS))
        }
      } finally {
        await Promise.allSettled(writers.map(async (writer) => await (await writer).kill()))
      }
      const { counts } = await read()
      const beyond = told.map((count, round) => (counts[`w${round}`] ?? 0) - count)
      expect(beyond.filter((more) => more !== 0 && more !== 1)).toEqual([])
      expect(told).toHaveLength(ROUNDS)
    })
  },
)
