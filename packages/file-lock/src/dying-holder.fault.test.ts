import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { Command } from './commands.fixture.ts'
import { ENGINES, startServant, until, untilWaiting } from './process.fixture.ts'

const name = 'it'
const directory = scratch()
const missing = lacking({
  programs: ['mkfs.ext4', 'mount', 'umount', 'fsfreeze', 'ps'],
  root: true,
})

/** A file system that takes no changes until it is thawed: whoever asks for one stands still, and cannot be killed. */
async function onIce(
  at: string,
  work: (disk: string, freeze: () => void, thaw: () => void) => Promise<void>,
): Promise<void> {
  const disk = join(at, 'disk')
  const image = join(at, 'image')
  let isFrozen = false
  const freeze = (): void => {
    run('fsfreeze', '--freeze', disk)
    isFrozen = true
  }
  const thaw = (): void => {
    if (isFrozen) run('fsfreeze', '--unfreeze', disk)
    isFrozen = false
  }
  run('mkdir', disk)
  run('truncate', '-s', '8M', image)
  run('mkfs.ext4', '-q', image)
  run('mount', '-o', 'loop', image, disk)
  try {
    await work(disk, freeze, thaw)
  } finally {
    thaw()
    run('umount', disk)
  }
}

/** State and number of threads of a process, proc_pid_stat(5). */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return `${fields[0]} ${fields[17]}`
}

/** Whether some thread waits for the disk in a way that nothing interrupts. */
function isStuck(pid: number): boolean {
  return run('ps', '-L', '-o', 'state=', '-p', String(pid)).includes('D')
}

describe.skipIf(missing !== '').each(ENGINES)(
  `a holder that dies in the middle of a change: %s${missing}`,
  (engine) => {
    const options = { engine, waitMs: 100_000, staleMs: 600_000 }

    it.each([
      { who: 'a process, killed', thread: null },
      { who: 'a thread of a process, killed', thread: 'a' },
    ])(
      '$who: is not taken for dead until its last thread is, so that no change of its comes after',
      async ({ thread }) => {
        const at = directory()
        const path = join(at, 'state.json')
        // They outlast the ice, for in it none of them could end.
        await using waiter = await startServant()
        await using other = await startServant()
        await using holder = await startServant()
        if (thread !== null) await holder.ask({ do: 'start-thread', thread })
        const inHolder = (command: Command): Command =>
          thread === null ? command : { do: 'in-thread', thread, command }
        await onIce(at, async (disk, freeze, thaw) => {
          const [fresh, state] = [join(disk, 'fresh'), join(disk, 'state')]
          writeFileSync(state, 'old')
          writeFileSync(fresh, 'new')
          const take = { do: 'acquire', name, path, options } as const
          const { owner } = await holder.ask(inHolder(take))
          const answer = waiter.ask(take)
          await untilWaiting(path, 1)
          freeze()
          void holder.ask(inHolder({ do: 'rename', from: fresh, to: state }))
          await until(() => isStuck(holder.pid))
          holder.signal('SIGKILL')
          // Buried but for the one thread that stands still.
          await until(() => stateOf(holder.pid) === 'Z 2')
          const early = await other.ask({ do: 'try', name, path, options: { engine } })
          expect(early).toMatchObject({ code: 'LOCK_EXISTS', owner })
          expect(readFileSync(state, 'utf8')).toBe('old')
          thaw()
          expect((await answer).facts?.[0]).toMatchObject({ because: 'dead', from: owner })
          expect(readFileSync(state, 'utf8')).toBe('new')
        })
      },
    )

    it('a thread that is ended is not taken for dead either, while what it began goes on', async () => {
      const at = directory()
      const path = join(at, 'state.json')
      await using other = await startServant()
      await using holder = await startServant()
      await holder.ask({ do: 'start-thread', thread: 'a' })
      await onIce(at, async (disk, freeze, thaw) => {
        const [fresh, state] = [join(disk, 'fresh'), join(disk, 'state')]
        writeFileSync(state, 'old')
        writeFileSync(fresh, 'new')
        const take = { do: 'acquire', name, path, options } as const
        const { owner } = await holder.ask({ do: 'in-thread', thread: 'a', command: take })
        freeze()
        const rename = { do: 'rename', from: fresh, to: state } as const
        void holder.ask({ do: 'in-thread', thread: 'a', command: rename })
        await until(() => isStuck(holder.pid))
        const ended = holder.ask({ do: 'end-thread', thread: 'a' })
        // An answer to something else shows that the thread was told to end.
        await holder.ask({ do: 'count-listeners' })
        const early = await other.ask({ do: 'try', name, path, options: { engine } })
        expect(early).toMatchObject({ code: 'LOCK_EXISTS', owner })
        thaw()
        await ended
        const late = await other.ask(take)
        expect(late.facts?.[0]).toMatchObject({ because: 'dead', from: owner })
        expect(readFileSync(state, 'utf8')).toBe('new')
      })
    })
  },
)
