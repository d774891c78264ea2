import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { ENGINES, startServant } from './process.fixture.ts'

const name = 'it'
const directory = scratch()
const NONE = { SIGINT: 0, SIGTERM: 0, SIGHUP: 0, SIGQUIT: 0, exit: 0 }

describe.each(ENGINES)('the process that holds locks: %s', (engine) => {
  it.each(['after its last release', 'while it holds'])(
    'dies of Ctrl-C in a loop that never yields, %s',
    async (when) => {
      const at = directory()
      const path = join(at, 'state.json')
      await using servant = await startServant()
      await servant.ask({ do: 'acquire', name, path, options: { engine } })
      if (when === 'after its last release') await servant.ask({ do: 'release', name })
      await servant.begin({ do: 'block', until: join(at, 'never'), thenRelease: [] })
      const startMs = systemClock.monotonicMs()
      servant.signal('SIGINT')
      const { signal } = await servant.ended
      const tookMs = systemClock.monotonicMs() - startMs
      process.stdout.write(`${engine}, ${when}: gone ${tookMs.toFixed(1)} ms after SIGINT\n`)
      expect(signal).toBe('SIGINT')
    },
  )

  it('has no listener for signals while it holds, and none at all after the last release', async () => {
    const at = directory()
    await using servant = await startServant()
    const listeners = async () => (await servant.ask({ do: 'count-listeners' })).listeners
    expect(await listeners()).toEqual(NONE)
    for (const path of ['a', 'b']) {
      await servant.ask({ do: 'acquire', name: path, path: join(at, path), options: { engine } })
      expect(await listeners()).toEqual({ ...NONE, exit: 1 })
    }
    await servant.ask({ do: 'release', name: 'a' })
    expect(await listeners()).toEqual({ ...NONE, exit: 1 })
    await servant.ask({ do: 'release', name: 'b' })
    expect(await listeners()).toEqual(NONE)
  })
})

describe("others' exit hooks in a process that uses proper-lockfile through this package", () => {
  it.each(['before', 'after'])(
    'stay and run when they were made %s the first lock',
    async (when) => {
      const at = directory()
      const file = join(at, 'ran')
      await using servant = await startServant()
      if (when === 'before') await servant.ask({ do: 'hook-exit', file })
      await servant.ask({ do: 'acquire', name, path: join(at, 'state.json') })
      await servant.ask({ do: 'release', name })
      if (when === 'after') await servant.ask({ do: 'hook-exit', file })
      servant.signal('SIGTERM')
      await servant.ended
      expect(existsSync(file)).toBe(true)
    },
  )

  it.each(['before', 'after'])(
    "a bare lock of the program's own is given back at exit, when it was taken %s the first of ours",
    async (when) => {
      const at = directory()
      const bare = join(at, 'bare.json')
      await using servant = await startServant()
      if (when === 'before') await servant.ask({ do: 'raw-lock', path: bare })
      await servant.ask({ do: 'acquire', name, path: join(at, 'state.json') })
      await servant.ask({ do: 'release', name })
      if (when === 'after') await servant.ask({ do: 'raw-lock', path: bare })
      expect(existsSync(`${bare}.lock`)).toBe(true)
      void servant.ask({ do: 'end', how: 'process.exit' })
      await servant.ended
      expect(existsSync(`${bare}.lock`)).toBe(false)
    },
  )
})
