import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom, VirtualClock } from '@holdfast/seams/testing'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { startServant, type Servant } from './process.fixture.ts'
import { readJsonSync } from './read.ts'
import { replaceJsonSync } from './replace.ts'

const ROUNDS = 200
const WRITERS = 3
// 200 starts of Node take 20 s on two idle cores, and four times as long on busy ones.
const STARTS_TAKE_MS = 400_000
const SEED = 'killed writers 1'

interface Content {
  readonly writer: string
  readonly count: number
  readonly marks: readonly string[]
}

const directory = scratch()

describe(`writers killed at random, ${ROUNDS} rounds, seed "${SEED}"`, () => {
  it(
    'never leave a partial or mixed file to a reader, and their leftovers are swept',
    async () => {
      const at = directory()
      const path = join(at, 'state.json')
      const random = seededRandom(SEED)
      let reads = 0

      const look = (): void => {
        const read = readJsonSync<Content>(path, { envelope: true, onCorrupt: 'answer' })
        if (read.kind !== 'ok') throw new Error(`read ${reads}: ${read.kind}, ${read.reason}`)
        const { writer, count, marks } = read.value
        if (marks.some((mark) => mark !== `${writer}:${count}`)) throw new Error('a mixed file')
        reads += 1
      }
      const startWriter = async (round: number): Promise<Servant> => {
        const writer = await startServant()
        writer.tell({ do: 'replace-for-ever', path, writer: `round ${round}` })
        return writer
      }

      replaceJsonSync(path, { writer: 'the test', count: 0, marks: [] }, { envelope: true })
      const writers = Array.from({ length: WRITERS }, (_, index) => startWriter(index))
      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          const writer = await (writers.shift() ?? startWriter(round))
          await writer.hear()
          // How many looks there are before the blow decides where it falls.
          for (let looks = random.integer(20); looks >= 0; looks -= 1) look()
          await writer.kill()
          look()
          if (round + WRITERS < ROUNDS) writers.push(startWriter(round + WRITERS))
        }
      } finally {
        await Promise.allSettled(writers.map(async (writer) => await (await writer).kill()))
      }
      expect(reads).toBeGreaterThan(2 * ROUNDS)

      const leftovers = namesIn(at).filter((name) => name.endsWith('.tmp'))
      expect(leftovers.length).toBeGreaterThan(0)
      for (const name of leftovers) utimesSync(join(at, name), 0, 0)
      // By a clock of its own: by this process's, the path was swept a moment ago.
      replaceJsonSync(path, 'after', { clock: new VirtualClock() })
      expect(namesIn(at)).toEqual(['state.json'])
    },
    STARTS_TAKE_MS,
  )
})
