import { seededRandom, systemClock, systemRandom } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import { start, type Child } from './process.fixture.ts'
import { readLedger } from './read.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const seed = systemRandom.hex(12)
const WRITERS = 3
const KILLS = 15

it(`every acknowledged line of killed writers is there, once (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const at = directory()
  const acknowledged: string[] = []
  let lives = 0
  const begin = (): Child<string> => start('write', at, `w${(lives += 1)}`)
  const writers = Array.from({ length: WRITERS }, begin)
  for (let kills = 0; kills < KILLS; kills += 1) {
    const victim = random.integer(WRITERS)
    while (writers[victim]!.said.length === 0) await systemClock.sleep(10)
    await systemClock.sleep(random.integer(300))
    await writers[victim]!.kill()
    acknowledged.push(...writers[victim]!.said)
    writers[victim] = begin()
  }
  for (const writer of writers) {
    await writer.kill()
    acknowledged.push(...writer.said)
  }

  const reading = readLedger(at)
  const found = new Map<string, number>()
  /** Decisions whose outcome was lost with the process. */
  const halves: string[] = []
  for await (const { id, missing } of reading) {
    found.set(id, (found.get(id) ?? 0) + 1)
    if (missing) halves.push(id)
  }
  expect(acknowledged.filter((id) => found.get(id) !== 1)).toEqual([])
  expect(acknowledged.filter((id) => halves.includes(id))).toEqual([])
  expect(reading.stats).toMatchObject({ malformed: 0, undated: 0, duplicate: 0 })
  const { isSound, segments } = await verifyLedger(at)
  expect(isSound).toBe(true)
  expect(segments.length).toBeGreaterThanOrEqual(KILLS)
  process.stdout.write(
    `seed ${seed}: ${KILLS} kills, ${acknowledged.length} acknowledged, ${found.size} found, ${segments.filter(({ state }) => state === 'torn').length} torn\n`,
  )
})
