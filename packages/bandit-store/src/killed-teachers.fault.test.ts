import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom, systemClock, systemRandom, type Random } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import type { Bits } from './commands.fixture.ts'
import { openFileStore } from './file/file-store.ts'
import { filesIn } from './files.fixture.ts'
import type { BanditStore } from './index.ts'
import {
  bitsOf,
  DIM,
  expected,
  learnedOf,
  lessonOf,
  newIds,
  shuffled,
  type Told,
} from './lesson.fixture.ts'
import { startServant, type Servant } from './process.fixture.ts'
import { toldIn } from './workload.fixture.ts'

const PROCESSES = 4
const RUN_MS = 30_000
/** A snapshot every 500 lessons or so. */
const options = { pollMs: 50, compactBytes: 20_000 }
const directory = scratch()
const seed = systemRandom.hex(12)

/** All that was told, or acknowledged, by whatever process, each once. */
function linesOf(at: string, prefix: 'told' | 'told.again-' | 'acked'): Map<string, Told> {
  const lessons = new Map<string, Told>()
  for (const name of readdirSync(at)) {
    if (!name.startsWith(prefix)) continue
    for (const told of toldIn(readFileSync(join(at, name)))) {
      lessons.set(`${told.id} ${told.part}`, told)
    }
  }
  return lessons
}

async function startTeacher(at: string, index: number, life: number): Promise<Servant> {
  const servant = await startServant()
  await servant.have({ do: 'open', directory: join(at, 'store'), options })
  const neighbour = (index + 1) % PROCESSES
  const name = `${index}-${life}`
  await servant.have({ do: 'teach-for-ever', at: join(at, 'log'), name, of: `${neighbour}-` })
  return servant
}

/** Kills, stops and starts teachers at random, until the time is over. @returns those that live. */
async function chaos(at: string, random: Random): Promise<{ alive: Servant[]; kills: number }> {
  const alive: Servant[] = []
  for (let i = 0; i < PROCESSES; i += 1) alive.push(await startTeacher(at, i, 0))
  const endMs = systemClock.monotonicMs() + RUN_MS
  let kills = 0
  while (systemClock.monotonicMs() < endMs) {
    await systemClock.sleep(50 + random.integer(500))
    const victim = random.integer(PROCESSES)
    if (random.integer(4) === 0) {
      alive[victim]!.signal('SIGSTOP')
      await systemClock.sleep(random.integer(500))
      alive[victim]!.signal('SIGCONT')
      continue
    }
    await alive[victim]!.kill()
    kills += 1
    alive[victim] = await startTeacher(at, victim, kills)
  }
  return { alive, kills }
}

/** Which of these lessons a store has, as its answers tell. */
async function known(store: BanditStore, lessons: Iterable<Told>): Promise<Told[]> {
  const found: Told[] = []
  const ask = async (told: Told): Promise<void> => {
    if ((await store.reward(told.id, lessonOf(told))) === 'duplicate') found.push(told)
  }
  const all = [...lessons]
  while (all.length > 0) await Promise.all(all.splice(0, 2000).map(ask))
  return found
}

it(`four processes of eight lanes, killed at random for 30 s, lose nothing and count nothing twice (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const at = directory()
  mkdirSync(join(at, 'log'))
  const { alive, kills } = await chaos(at, random)

  for (const servant of alive) await servant.have({ do: 'stop' })
  const bits: Bits[] = []
  for (const servant of alive) bits.push((await servant.have({ do: 'catch-up' })) as Bits)
  for (const servant of alive) {
    expect(await servant.have({ do: 'verify' })).toMatchObject({ problems: [] })
    await servant.kill()
  }

  await using store = await openFileStore(join(at, 'store'), { ...options, dim: DIM })
  const found = bitsOf(learnedOf(store.read()))
  const { decisions } = store.read()
  expect(bits).toEqual(alive.map(() => ({ bits: found, decisions })))
  expect(await store.verify()).toMatchObject({ problems: [] })

  const told = linesOf(join(at, 'log'), 'told')
  const acked = linesOf(join(at, 'log'), 'acked')
  const unacked = [...told].filter(([key]) => !acked.has(key)).map(([, lesson]) => lesson)
  const ackedAndIn = await known(store, acked.values())
  expect(ackedAndIn).toHaveLength(acked.size)
  const also = await known(store, unacked)
  const reference = expected(shuffled([...ackedAndIn, ...also], random))
  expect(bitsOf(reference)).toBe(found)
  const twice = linesOf(join(at, 'log'), 'told.again-')
  expect(twice.size / told.size).toBeGreaterThan(0.1)
  process.stdout.write(
    `seed ${seed}: ${kills} kills; ${told.size} told, ${twice.size} of them twice, ${acked.size} acknowledged, ${also.length} more stored\n`,
  )

  // And it goes on: the next snapshots leave nothing behind that is of no use.
  await store.compact()
  await store.compact()
  const [id = ''] = newIds('one more', 1)
  expect(await store.reward(id, lessonOf({ id, part: 'immediate' }))).toBe('applied')
  expect(filesIn(join(at, 'store')).filter((name) => name.startsWith('snapshot'))).toHaveLength(2)
  expect(
    filesIn(join(at, 'store')).filter((name) => name.startsWith('lessons')).length,
  ).toBeLessThan(5)
})
