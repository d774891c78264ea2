import { join } from 'node:path'
import { lacking, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { inspectLock } from './index.ts'
import { ENGINES, startServant } from './process.fixture.ts'

const directory = scratch()
const name = 'it'
const strace = lacking({ programs: ['strace'] })

describe.skipIf(strace !== '').each(ENGINES)(`a look that fails: %s${strace}`, (engine) => {
  it.each(['main thread', 'worker thread'])(
    'is no proof that a holder, a %s, is dead',
    async (kind) => {
      const path = join(directory(), 'state.json')
      await using holder = await startServant()
      const acquire = { do: 'acquire', name, path, options: { engine } } as const
      if (kind === 'main thread') await holder.ask(acquire)
      else {
        await holder.ask({ do: 'start-thread', thread: 'one' })
        await holder.ask({ do: 'in-thread', thread: 'one', command: acquire })
      }
      const { owner } = await inspectLock(path)
      // No descriptor is left for what /proc tells of the holder.
      const files = [owner?.threadId, owner?.pid].map((thread) => [
        '-P',
        `/proc/${owner?.pid}/task/${thread}/stat`,
      ])
      const injecting = ['-e', 'trace=openat', '-e', 'inject=openat:error=EMFILE']
      await using waiter = await startServant([
        'strace',
        '-f',
        '-o',
        '/dev/null',
        ...files.flat(),
        ...injecting,
      ])
      const answer = await waiter.ask({ ...acquire, options: { engine, waitMs: 300 } })
      expect(answer).toMatchObject({ code: 'LOCK_TIMEOUT', owner: { pid: holder.pid } })
    },
  )
})
