/** Three processes teach one bandit, and one of them is killed: every reward that was answered is learned, once. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSharedBandit, openFileStore, type Lesson } from '@holdfast/bandit-store'
import { v7 as newId } from 'uuid'

/** A reward that was answered. */
interface Answered {
  readonly id: string
  readonly lesson: Lesson
}

const arms = ['small', 'large']
const contextOf = (isHard: boolean): number[] => [1, isHard ? 1 : 0] // The first entry is the constant 1.

const [, , given] = process.argv
if (given === undefined) await parent()
else await teach(given)

async function teach(directory: string): Promise<void> {
  await using store = await openFileStore(directory, { dim: 2 })
  await using bandit = await createSharedBandit({ store, arms, epsilon: 0.1 })
  for (let round = 0; round < 300; round += 1) {
    const id = newId()
    const isHard = round % 3 === 0
    const { arm } = bandit.decide(contextOf(isHard), { id }) // Waits for no disk and no other process.
    store.remember(id, { arm, context: contextOf(isHard) })

    // Later, in this process or in another, someone says how good it was.
    const decision = await store.recall(id)
    if (decision.kind !== 'found') throw new Error(`decision ${id} is ${decision.kind}`)
    const reward = arm === 'large' ? 0.7 : isHard ? 0.1 : 0.9
    await store.reward(id, { ...decision, reward })
    process.send?.({ id, lesson: { arm, context: contextOf(isHard), reward } } satisfies Answered)
  }
  process.disconnect()
}

async function parent(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
  const answered: Answered[] = []
  const teachers = ['ana', 'ben', 'eva'].map(async (name) => {
    const child = fork(import.meta.filename, [directory])
    let count = 0
    child.on('message', (message) => {
      answered.push(message as Answered)
      count += 1
      if (name === 'ben' && count === 100) child.kill('SIGKILL')
    })
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
    console.log(`${name}: ${signal ?? 'done'} after ${count} rewards`)
  })
  try {
    await Promise.all(teachers)
    await using store = await openFileStore(directory, { dim: 2 })
    await using bandit = await createSharedBandit({ store, arms, alpha: 0, epsilon: 0 })
    const { isSound, decisions } = await store.verify()
    // Told once more, a reward that is known is a duplicate, and one that was lost is not.
    const again = await Promise.all(answered.map(({ id, lesson }) => store.reward(id, lesson)))
    const lost = again.filter((answer) => answer !== 'duplicate').length
    console.log(`sound: ${isSound}; answered: ${answered.length}; lost: ${lost}`)
    console.log(`cut off before their answer arrived: ${decisions + lost - answered.length}`)
    console.log(`a hard prompt goes to ${bandit.decide(contextOf(true)).arm}`)
    console.log(`an easy prompt goes to ${bandit.decide(contextOf(false)).arm}`)
  } finally {
    await rm(directory, { recursive: true })
  }
}
