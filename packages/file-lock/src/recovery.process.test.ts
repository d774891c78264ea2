import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { ENGINES, startServant, untilWaiting } from './process.fixture.ts'

const KILLS = 20
/** By then a waiter looks as seldom as it ever will; without it, the time printed would flatter. No result hangs on it. */
const LONG_WAIT_MS = 120
/** If a lease were needed, no wait here would end well. */
const options = { staleMs: 600_000, waitMs: 60_000 }
const name = 'it'

const directory = scratch()

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.trunc(values.length / 2)] ?? Number.NaN
}

describe.each(ENGINES)('a holder that dies: %s', (engine) => {
  it(`killed with one waiter there: that one gets it on proof of death, ${KILLS} times`, async () => {
    const path = join(directory(), 'state.json')
    await using waiter = await startServant()
    const waits: number[] = []
    let next = startServant()
    for (let count = 0; count < KILLS; count += 1) {
      const holder = await next
      next = startServant()
      await holder.ask({ do: 'acquire', name, path, options: { ...options, engine } })
      const answer = waiter.ask({ do: 'acquire', name, path, options: { ...options, engine } })
      await untilWaiting(path, 1)
      await systemClock.sleep(LONG_WAIT_MS)
      const startMs = systemClock.monotonicMs()
      holder.signal('SIGKILL')
      const { facts } = await answer
      waits.push(systemClock.monotonicMs() - startMs)
      expect(facts?.[0]).toMatchObject({
        kind: 'lock.taken-over',
        because: 'dead',
        from: { pid: holder.pid, engine },
      })
      await waiter.ask({ do: 'release', name })
      await holder.ended
    }
    await (await next).kill()
    process.stdout.write(
      `${engine}: taken over ${median(waits).toFixed(1)} ms after kill -9 (p50 of ${KILLS})\n`,
    )
  })

  it.each(['normally', 'process.exit', 'an uncaught exception'] as const)(
    'leaves the lock free when its process ends by %s',
    async (how) => {
      const at = directory()
      const path = join(at, 'state.json')
      const holder = await startServant()
      const { fence } = await holder.ask({ do: 'acquire', name, path, options: { engine } })
      void holder.ask({ do: 'end', how })
      const { code, complaint } = await holder.ended
      expect(code).toBe({ normally: 0, 'process.exit': 7, 'an uncaught exception': 1 }[how])
      expect(complaint === '').toBe(how !== 'an uncaught exception')
      expect(namesIn(`${path}.lock`)).toContainEqual(expect.stringMatching(`^f1\\.${fence}\\.`))
      await using next = await startServant()
      const answer = await next.ask({ do: 'try', name, path, options: { engine } })
      expect(answer.facts).toMatchObject([{ kind: 'lock.won', fence: (fence ?? 0) + 1 }])
    },
  )

  it('is found dead when it was a worker thread that was ended, though its process lives', async () => {
    const path = join(directory(), 'state.json')
    await using process = await startServant()
    await using other = await startServant()
    await process.ask({ do: 'start-thread', thread: 'a' })
    const command = { do: 'acquire', name, path, options: { ...options, engine } } as const
    const { owner } = await process.ask({ do: 'in-thread', thread: 'a', command })
    expect(owner?.pid).toBe(process.pid)
    expect(owner?.threadId).not.toBe(process.pid)
    const answer = other.ask(command)
    await untilWaiting(path, 1)
    await process.ask({ do: 'end-thread', thread: 'a' })
    const { facts, code } = await answer
    expect(code).toBeUndefined()
    // Ending a thread from outside runs none of its exit hooks.
    expect(facts?.[0]).toMatchObject({ kind: 'lock.taken-over', because: 'dead', from: owner })
  })
})

describe.each(ENGINES)('two threads of one process: %s', (engine) => {
  it('exclude one another, and the main thread', async () => {
    const path = join(directory(), 'state.json')
    await using process = await startServant()
    const take = { do: 'try', name, path, options: { engine } } as const
    const inThread = (thread: string) => process.ask({ do: 'in-thread', thread, command: take })
    for (const thread of ['a', 'b']) await process.ask({ do: 'start-thread', thread })
    const { owner } = await inThread('a')
    expect(await inThread('b')).toMatchObject({ code: 'LOCK_EXISTS', owner })
    expect(await process.ask(take)).toMatchObject({ code: 'LOCK_EXISTS', owner })
    await process.ask({ do: 'in-thread', thread: 'a', command: { do: 'release', name } })
    expect((await inThread('b')).owner?.threadId).not.toBe(owner?.threadId)
  })
})
