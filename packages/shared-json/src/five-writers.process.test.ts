import { join } from 'node:path'
import type { EngineName } from '@holdfast/file-lock'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { check, type Ledger } from './commands.fixture.ts'
import { startServants } from './process.fixture.ts'
import { readSharedJson } from './read.ts'

const WRITERS = 5
const TIMES = 100
const ENGINES: readonly EngineName[] = ['proper-lockfile', 'direct', 'kernel']
const directory = scratch()

const ways = ENGINES.flatMap((engine) => [
  { engine, fenced: false, waitMs: 60_000 },
  { engine, fenced: true, waitMs: 60_000 },
])

describe.each(ways)(
  `${WRITERS} processes that update one file ${TIMES} times each, engine $engine, fenced $fenced`,
  (options) => {
    it('lose no update, and two readers see a whole file at every moment, never an older one', async () => {
      const path = join(directory(), 'state.json')
      await using stack = new AsyncDisposableStack()
      const [one, two, ...writers] = await startServants(stack, 2 + WRITERS)
      const readers = [one, two]
      for (const reader of readers) {
        const answer = await reader?.ask({ do: 'read-for-ever', path, options })
        expect(answer).toEqual({ done: 'reading' })
      }
      const written = await Promise.all(
        writers.map((writer, index) =>
          writer.ask({ do: 'add', path, writer: `w${index}`, times: TIMES, options }),
        ),
      )
      expect(written).toEqual(writers.map(() => ({ done: TIMES })))
      for (const reader of readers) {
        const { done } = (await reader?.ask({ do: 'enough' })) ?? {}
        expect(done).toBeGreaterThan(1)
      }
      const read = await readSharedJson<Ledger>(path, options)
      if (read.kind !== 'ok') throw new Error(read.reason)
      check(read.value)
      expect(read.value.entries).toHaveLength(WRITERS * TIMES)
      expect(Object.values(read.value.counts)).toEqual(writers.map(() => TIMES))
    })
  },
)
