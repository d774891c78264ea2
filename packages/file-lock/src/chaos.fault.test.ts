import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { seededRandom, systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import type { Said, Task } from './contender.fixture.ts'
import { openStore } from './fenced-store.fixture.ts'
import type { EngineName } from './index.ts'
import { ENGINES } from './process.fixture.ts'
import { openWitness, report } from './witness.fixture.ts'

const PROCESSES = 6
/** Longer than the shortest lease, so that whoever goes by leases takes a stopped holder for dead. */
const STOP_MS = 2_700
const seed = process.env['HOLDFAST_SEED'] ?? String(Math.trunc(systemClock.wallMs()))

const directory = scratch(afterAll)

/** The processes' engines, in turn. */
const CASES: readonly (readonly [string, readonly EngineName[]])[] = [
  ...ENGINES.map((engine) => [engine, [engine]] as const),
  ['all engines at once', ENGINES],
]

interface Havoc {
  readonly killed: ReadonlySet<number>
  /** Killed while they stood inside and said so. */
  readonly killedInside: number
  readonly stoppedInside: number
  readonly awake: readonly (Said & { kind: 'awake' })[]
  /** What processes said that ended by themselves. */
  readonly complaints: readonly string[]
}

/** Six processes at a time contend for `lengthMs`, while some are killed, some stopped, and the killed are replaced. */
async function wreak(
  name: string,
  lengthMs: number,
  engines: readonly EngineName[],
  task: Omit<Task, 'seed' | 'options'> & { readonly options: Omit<Task['options'], 'engine'> },
): Promise<Havoc> {
  const random = seededRandom(seed).split(name)
  const killed = new Set<number>()
  const complaints: string[] = []
  const awake: (Said & { kind: 'awake' })[] = []
  const all: Promise<void>[] = []
  const endings = new Set<() => void>()
  let [killedInside, stoppedInside, started] = [0, 0, 0]
  let isOver = false

  const start = (): void => {
    const number = (started += 1)
    const engine = engines[number % engines.length] ?? 'direct'
    const child = spawn(process.execPath, [join(import.meta.dirname, 'contender.fixture.ts')])
    const { pid = 0 } = child
    let complaint = ''
    child.stderr.on('data', (text) => (complaint += String(text)))
    child.stdin.on('error', () => {}) // It was killed while we spoke to it.
    const kill = (): void => {
      killed.add(pid)
      child.kill('SIGKILL')
    }
    const stop = async (): Promise<void> => {
      child.kill('SIGSTOP')
      await systemClock.sleep(STOP_MS) // This is a length of time: how long it is stopped is what is tried here.
      child.kill('SIGCONT')
    }
    const answer = (said: Said): void => {
      if (said.kind === 'awake') {
        awake.push(said)
      } else if (said.act === 'stop' && !isOver) {
        stoppedInside += 1
        void stop()
      } else {
        killedInside += 1
        kill()
        // Another one dies as well, wherever it is.
        if (random.integer(3) === 0) [...others][random.integer(others.size)]?.()
      }
    }
    const others = victims
    others.add(kill)
    endings.add(() => child.stdin.end())
    const ending = once(child, 'close').then(([code, signal]) => {
      others.delete(kill)
      const endedWell = signal === 'SIGKILL' || code === 0
      if (!endedWell) complaints.push(`${String(code)}: ${complaint}`)
      else if (!isOver) start()
    })
    all.push(ending)
    createInterface({ input: child.stdout }).on('line', (line) => answer(JSON.parse(line) as Said))
    const options = { ...task.options, engine }
    const whole: Task = { ...task, options, seed: `${seed} ${name} ${number}` }
    child.stdin.write(`${JSON.stringify(whole)}\n`)
  }
  const victims = new Set<() => void>()

  for (let count = 0; count < PROCESSES; count += 1) start()
  await systemClock.sleep(lengthMs) // So long was asked for; nothing is judged by it.
  isOver = true
  for (const end of endings) end()
  for (const ending of all) await ending
  return { killed, killedInside, stoppedInside, awake, complaints }
}

describe(`${PROCESSES} processes for 30 s, killed and stopped inside, seed "${seed}" (HOLDFAST_SEED)`, () => {
  it.concurrent.each(CASES)(
    '%s: a lock that is taken from the dead only has one holder at a time, and none writes in vain',
    async (name, engines) => {
      const at = directory()
      openWitness(at)
      const havoc = await wreak(name, 30_000, engines, {
        at,
        path: join(at, 'state.json'),
        options: { takeover: 'dead', staleMs: 2_000 },
        watch: 'witness',
        offers: { kill: 3, stop: 1 },
      })
      const { stays, ...faults } = report(at, havoc.killed)
      const { killed, killedInside, stoppedInside, awake, complaints } = havoc
      process.stdout.write(
        `${name}: ${stays} stays, ${killed.size} killed, ${killedInside} of them inside, ${stoppedInside} stopped inside\n`,
      )
      expect(complaints).toEqual([])
      expect(faults).toEqual({ overlaps: 0, lostUpdates: 0, fencesFallen: 0 })
      expect(Math.min(killedInside, stoppedInside, awake.length, stays)).toBeGreaterThan(0)
      for (const one of awake) {
        expect(one).toMatchObject({ isValid: true, isAborted: false, release: null })
      }
    },
  )
})

describe(`${PROCESSES} processes for 10 s that go by leases, seed "${seed}" (HOLDFAST_SEED)`, () => {
  it.concurrent.each(CASES)(
    '%s: a holder that was stopped too long cannot write past its successor, and learns of its loss',
    async (name, engines) => {
      const at = directory()
      const havoc = await wreak(`${name}, lease`, 10_000, engines, {
        at,
        path: join(at, 'state.json'),
        options: { takeover: 'lease', staleMs: 2_000 },
        watch: 'store',
        offers: { kill: 2, stop: 4 },
      })
      const store = openStore(at)
      const writes = store.writes()
      store.close()
      const refused = havoc.awake.filter(({ wasWritten }) => !wasWritten)
      process.stdout.write(
        `${name}: ${writes.length} writes, ${havoc.stoppedInside} stopped inside, ${refused.length} late writes refused\n`,
      )
      expect(havoc.complaints).toEqual([])
      expect(havoc.stoppedInside).toBeGreaterThan(0)
      expect(refused.length).toBeGreaterThan(0)
      for (const one of refused) {
        expect(one).toMatchObject({ isValid: false, isAborted: true, release: 'LOCK_LOST' })
      }
      // No update was lost, and no fence came after a higher one.
      expect(writes.map(({ value }) => value)).toEqual(writes.map((_, index) => index + 1))
      const fences = writes.map(({ fence }) => fence)
      expect(fences).toEqual(fences.toSorted((a, b) => a - b))
    },
  )
})
