/** How long it takes until a reward that was answered in one process is learned in another. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openFileStore, type BanditStore, type Learned } from '@holdfast/bandit-store'
import { systemClock } from '@holdfast/seams'
import { HERALD, inLanes } from './bandit-lessons.ts'

const TOLD = 300

/**
 * From the answer in one process to `watch` in another, in ms, for each of many rewards.
 * @param directory an empty one.
 * @param lanes lanes of a third process that teaches meanwhile, as fast as it can; 0 for none.
 */
export async function lagsMs(directory: string, dim: number, lanes: number): Promise<number[]> {
  await using store = await openFileStore(directory, { dim })
  const heardMs = hear(store)
  // A store that listens keeps no process alive.
  const stop = inLanes(1, () => systemClock.sleep(100))
  const teacher = lanes === 0 ? null : await startTeacher(directory, dim, lanes)
  const herald = spawn(
    process.execPath,
    [join(import.meta.dirname, 'bandit-herald.ts'), directory, String(dim), String(TOLD)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const answeredMs: number[] = []
  for await (const line of createInterface({ input: herald.stdout })) answeredMs.push(Number(line))
  const lags = (await heardMs).map((heard, i) => heard - answeredMs[i]!)
  await stop()
  if (teacher !== null) {
    const ended = once(teacher, 'exit')
    teacher.kill('SIGKILL')
    await ended
  }
  return lags
}

/** When each of the herald's rewards was heard of, in ms since 1970. */
async function hear(store: BanditStore): Promise<number[]> {
  const heardMs: number[] = []
  let upTo = 0
  for await (const change of store.watch()) {
    const nowMs = systemClock.wallMs()
    let known = heardMs.length
    if (change.kind === 'reset') {
      const learned = store.read()
      known = pullsOf(learned)
      upTo = learned.told
    } else {
      const news = change.lessons.filter(({ number }) => number > upTo)
      known += news.filter(({ arm }) => arm === HERALD).length
    }
    while (heardMs.length < known) heardMs.push(nowMs)
    if (known >= TOLD) break
  }
  return heardMs
}

function pullsOf({ epochs, older }: Learned): number {
  const buckets = [older, ...epochs.values()]
  return buckets.reduce((sum, arms) => sum + (arms.get(HERALD)?.pulls ?? 0), 0)
}

async function startTeacher(directory: string, dim: number, lanes: number) {
  const script = join(import.meta.dirname, 'bandit-teacher.ts')
  const args = [script, 'store', directory, dim, lanes, FOR_EVER_MS].map(String)
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  child.stdin.write('go\n')
  return child
}

/** It is ended long before. */
const FOR_EVER_MS = 600_000
