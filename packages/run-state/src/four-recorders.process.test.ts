import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { startServant } from './process.fixture.ts'
import { openRunTracker } from './tracker.ts'

const PROCESSES = 4
const RESULTS = 300
const directory = scratch()

describe.each([1, 8])('four processes that record 300 results each, %i at once', (lanes) => {
  it('lose none of them, and the failure log agrees', async () => {
    const at = directory()
    const [path, failureLog] = [join(at, 'state.json'), join(at, 'failures.log')]
    await using stack = new AsyncDisposableStack()
    const servants = await Promise.all(Array.from({ length: PROCESSES }, startServant))
    for (const servant of servants) stack.use(servant)
    const answers = await Promise.all(
      servants.map((servant, index) =>
        servant.ask({
          do: 'record',
          path,
          failureLog,
          first: 1 + index,
          step: PROCESSES,
          count: RESULTS,
          lanes,
        }),
      ),
    )
    expect(answers).toEqual(Array.from({ length: PROCESSES }, () => ({ done: RESULTS })))

    await using tracker = await openRunTracker(path)
    const failed = Array.from({ length: PROCESSES * RESULTS }, (_, i) => i + 1).filter(
      (run) => Math.floor((run - 1) / PROCESSES) % 10 === 9,
    )
    expect(tracker.standing()).toMatchObject({
      done: PROCESSES * RESULTS - failed.length,
      failed: failed.length,
      attempted: PROCESSES * RESULTS,
      contiguous: 36,
    })
    expect(tracker.failures().map(({ run, attempts }) => [run, attempts])).toEqual(
      failed.map((run) => [run, 1]),
    )
    expect(readFileSync(failureLog, 'utf8')).toBe(failed.map((run) => `${run}\n`).join(''))
  })
})
