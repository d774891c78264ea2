import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
const reason = lacking({ programs: ['mkfifo'] })

describe.skipIf(reason !== '')(`a refresh that reads slowly${reason}`, () => {
  it('does not undo what a write has learned and recorded meanwhile', async () => {
    const at = directory()
    const [path, failureLog] = [join(at, 'state.json'), join(at, 'failures.log')]
    writeFileSync(path, '{"last_contiguous_run": 4, "last_attempted_run": 4}')
    await using tracker = await openRunTracker(path, { failureLog })
    // Now reading the log takes as long as the test likes: a pipe that nobody has ended.
    run('mkfifo', failureLog)
    const refreshed = tracker.refresh()
    const pipe = await open(failureLog, 'w')
    renameSync(failureLog, join(at, 'pipe'))
    writeFileSync(failureLog, '')
    await tracker.recordAll([
      { run: 5, outcome: 'done' },
      { run: 6, outcome: 'failed' },
    ])
    const standing = tracker.standing()
    await pipe.close()
    await refreshed
    expect(tracker.standing()).toEqual(standing)
    expect(standing).toMatchObject({ contiguous: 5, attempted: 6, failed: 1, waiting: 0 })
    rmSync(join(at, 'pipe'))
  })
})
