import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, scratch } from '@holdfast/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import { inspectLock } from './index.ts'
import { ENGINES, startServant, until, untilWaiting } from './process.fixture.ts'

const name = 'it'
const staleMs = 2_000
const NEW_SPACE = ['unshare', '--pid', '--fork', '--kill-child']
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']

const directory = scratch(afterAll)
const missing = lacking({ programs: ['unshare', 'nsenter', 'setpriv', 'mount'], root: true })

/** Waits until the holder has shown so many signs of life. */
async function beats(path: string, count: number): Promise<void> {
  const lock = `${path}.lock`
  const touchedMs = (): number => {
    const token = readdirSync(lock).find((entry) => entry.startsWith('h')) ?? ''
    return statSync(join(lock, token)).mtimeMs
  }
  for (let seen = 0; seen < count; seen += 1) {
    const lastMs = touchedMs()
    await until(() => touchedMs() !== lastMs)
  }
}

/** The first child of a process, by its number here. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

describe.skipIf(missing !== '').each(ENGINES)(
  `a holder in another pid namespace: %s${missing}`,
  { concurrent: true },
  (engine) => {
    it('is respected for as long as it gives signs of life, and replaced when they end', async () => {
      const path = join(directory(), 'state.json')
      // Only the kernel's own lock tells of the dead across namespaces, with two missed beats.
      const isProven = engine === 'kernel'
      const options = { engine, staleMs: isProven ? 600_000 : staleMs, waitMs: 100_000 }
      await using holder = await startServant([...NEW_SPACE, '--mount-proc'])
      await using waiter = await startServant()
      const { owner } = await holder.ask({ do: 'acquire', name, path, options })
      expect(owner?.pid).toBe(1) // Which is alive here too, and someone else.
      const answer = waiter.ask({ do: 'acquire', name, path, options })
      await beats(path, 5)
      expect(await inspectLock(path)).toMatchObject({ liveness: 'unknown', owner: { pid: 1 } })
      await holder.kill()
      const { facts } = await answer
      const because = isProven ? 'dead' : 'lease'
      expect(facts?.[0]).toMatchObject({ kind: 'lock.taken-over', because, from: owner })
    })
  },
)

describe.skipIf(missing !== '').each(ENGINES)(
  `two in a pid namespace that was left the /proc of another: %s${missing}`,
  { concurrent: true },
  (engine) => {
    it('judge one another rightly all the same', async () => {
      const path = join(directory(), 'state.json')
      const options = { engine, staleMs: 600_000, waitMs: 100_000 }
      await using first = await startServant(NEW_SPACE)
      const space = ['nsenter', `--pid=/proc/${childOf(first.pid)}/ns/pid`]
      await using holder = await startServant(space)
      await using waiter = await startServant(space)
      const { owner } = await holder.ask({ do: 'acquire', name, path, options })
      expect(owner).toMatchObject({ threadId: null, startedAt: null })
      const early = await waiter.ask({ do: 'try', name, path, options: { engine } })
      expect(early).toMatchObject({ code: 'LOCK_EXISTS', owner })
      const answer = waiter.ask({ do: 'acquire', name, path, options })
      await beats(path, 2)
      expect(await inspectLock(path)).toMatchObject({ owner: { pid: owner?.pid } })
      process.kill(childOf(holder.pid), 'SIGKILL')
      expect((await answer).facts?.[0]).toMatchObject({ because: 'dead', from: owner })
    })
  },
)

describe.skipIf(missing !== '').each(ENGINES)(
  `where /proc hides the processes of others: %s${missing}`,
  { concurrent: true },
  (engine) => {
    it("root's lock is respected by another user while it lives, and taken when it is killed", async () => {
      const at = directory()
      chmodSync(at, 0o777)
      const path = join(at, 'state.json')
      const options = { engine, staleMs: 600_000, waitMs: 100_000 }
      const script = `mount -t proc -o hidepid=2 proc /proc && exec ${asNobody.join(' ')} "$0" "$@"`
      await using waiter = await startServant(['unshare', '--mount', 'sh', '-c', script])
      await using holder = await startServant()
      // The lock's directory belongs to both, as if they were of one group.
      await waiter.ask({ do: 'acquire', name, path, options })
      await waiter.ask({ do: 'release', name })
      const { owner } = await holder.ask({ do: 'acquire', name, path, options })
      const answer = waiter.ask({ do: 'acquire', name, path, options })
      await untilWaiting(path, 1)
      await beats(path, 1)
      expect(await inspectLock(path)).toMatchObject({ owner })
      await holder.kill()
      expect((await answer).facts?.[0]).toMatchObject({ because: 'dead', from: owner })
    })
  },
)
