/**
 * A process that takes the lock again and again until its input ends. On some stays it says `offer` and goes on working
 * inside until it is killed, or finds that it was stopped for a while. It is told what to do by one line of JSON.
 */
import { createInterface } from 'node:readline'
import { seededRandom, systemClock, type Random } from '@holdfast/seams'
import { openStore, type Entry } from './fenced-store.fixture.ts'
import { acquireLock, type AcquireLockOptions, type EngineName, type Lock } from './index.ts'
import { enter } from './witness.fixture.ts'

export interface Task {
  readonly at: string
  readonly path: string
  readonly seed: string
  readonly options: Pick<AcquireLockOptions, 'takeover' | 'staleMs'> & {
    readonly engine: EngineName
  }
  /** `witness`: two inside are a fault. `store`: they are not, but only the last may write. */
  readonly watch: 'witness' | 'store'
  /** Of a hundred stays, so many are offered to be killed in, and so many to be stopped in. */
  readonly offers: { readonly kill: number; readonly stop: number }
}

export type Said =
  | { readonly kind: 'offer'; readonly act: 'kill' | 'stop' }
  /** What one who was stopped inside, or had the luck to live, found when it went on. */
  | {
      readonly kind: 'awake'
      /** How long it did not run, in ms. */
      readonly pausedMs: number
      readonly wasWritten: boolean
      readonly isValid: boolean
      readonly isAborted: boolean
      readonly release: string | null
    }

/** A pause this long is no accident of scheduling. In ms. */
const LONG_PAUSE_MS = 1_000

async function contend(task: Task, isOver: () => boolean): Promise<void> {
  const random = seededRandom(task.seed)
  while (!isOver()) {
    const lock = await acquireLock(task.path, { ...task.options, waitMs: 100_000 })
    const write = begin(task, lock)
    const act = draw(random, task.offers)
    if (act === null) {
      await systemClock.sleep(random.integer(3))
      write()
      await release(lock)
      continue
    }
    const pausedMs = await offer(act, random)
    // Nothing else of this process has run since it was woken, if chance so decided.
    const wasWritten = write()
    const { signal } = lock
    const isValid = lock.isValid()
    const isAborted = signal.aborted
    say({ kind: 'awake', pausedMs, wasWritten, isValid, isAborted, release: await release(lock) })
  }
}

/** Starts a stay. @returns what ends it with a write; false if that was refused. */
function begin({ at, watch }: Task, lock: Lock): () => boolean {
  if (watch === 'witness') {
    const stay = enter(at, lock.fence)
    return () => {
      stay.leave()
      return true
    }
  }
  const store = openStore(at)
  const entry: Entry | null = store.read(lock.fence)
  return () => {
    const wasWritten = entry !== null && store.write(lock.fence, entry.value + 1)
    store.close()
    return wasWritten
  }
}

function draw(random: Random, { kill, stop }: Task['offers']): 'kill' | 'stop' | null {
  const chance = random.integer(100)
  if (chance < kill) return 'kill'
  return chance < kill + stop ? 'stop' : null
}

/** Stays, with or without letting other work of this process run, until it did not run for a while. */
async function offer(act: 'kill' | 'stop', random: Random): Promise<number> {
  const isBusy = random.integer(2) === 0
  let lastMs = systemClock.monotonicMs() // Before the offer: the answer may be quicker than the next line.
  say({ kind: 'offer', act })
  for (;;) {
    if (!isBusy) await systemClock.sleep(random.integer(20))
    const nowMs = systemClock.monotonicMs()
    if (nowMs - lastMs >= LONG_PAUSE_MS) return nowMs - lastMs
    lastMs = nowMs
  }
}

async function release(lock: Lock): Promise<string | null> {
  try {
    await lock.release()
    return null
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`)
}

if (process.argv[1] === import.meta.filename) {
  let isOver = false
  const input = createInterface({ input: process.stdin })
  input.on('close', () => (isOver = true))
  input.once('line', (line) => void contend(JSON.parse(line) as Task, () => isOver))
}
