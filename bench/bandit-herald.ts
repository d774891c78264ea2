/**
 * Teaches one arm that nobody else teaches, now and then, and says after each reward when it was answered, in ms since
 * 1970, a line for each.
 */
import { openFileStore } from '@holdfast/bandit-store'
import { seededRandom, systemClock } from '@holdfast/seams'
import { HERALD, lessonsOf } from './bandit-lessons.ts'

const [directory = '', dim = '5', count = '0'] = process.argv.slice(2)
const store = await openFileStore(directory, { dim: Number(dim) })
const next = lessonsOf(Number(dim), `herald ${process.pid}`)
const random = seededRandom('pauses of the herald')
for (let told = 0; told < Number(count); told += 1) {
  const { id, lesson } = next()
  await store.reward(id, { ...lesson, arm: HERALD })
  console.log(systemClock.wallMs())
  // Pauses of many lengths, so that they do not keep step with the looks of whoever listens.
  await systemClock.sleep(5 + random.next() * 45)
}
await store.close()
