/** The examples with which the functions were first documented, with their own numbers. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { appendToFailureLog, writeFailureLog } from './failure-log.ts'
import { parseRunRecordsFromFile } from './run-records.ts'
import {
  getIncrementalStartRun,
  readState,
  updateAttemptedRunState,
  updateContiguousRunState,
  writeState,
} from './state.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
const stateFile = (): string => join(directory(), 'import_state.json')

async function contiguous(path: string): Promise<unknown> {
  const read = await readState(path)
  return read.kind === 'ok' ? read.state.last_contiguous_run : read.kind
}

async function attempted(path: string): Promise<unknown> {
  const read = await readState(path)
  return read.kind === 'ok' ? read.state.last_attempted_run : read.kind
}

describe('readState and writeState', () => {
  it('read what a program of the first generation has written', async () => {
    const path = stateFile()
    writeFileSync(path, '{\n    "last_contiguous_run": 19500,\n    "last_attempted_run": 19550\n}')
    const state = { last_contiguous_run: 19500, last_attempted_run: 19550 }
    expect(await readState(path)).toEqual({ kind: 'ok', path, state })
  })

  it('write marks and a timestamp, indented, and make the directory', async () => {
    const path = join(directory(), 'var', 'run_record_archiver', 'import_state.json')
    const state = {
      last_contiguous_run: 19500,
      last_attempted_run: 19550,
      timestamp: '2025-10-24T10:30:00',
    }
    expect(await writeState(path, state)).toEqual({ found: 'missing', keptAt: null })
    expect(await readState(path)).toMatchObject({ state })
    expect(readFileSync(path, 'utf8')).toContain('\n  "last_contiguous_run": 19500')
  })
})

describe('a state file that lacks something', () => {
  it('is missing, and a mark that it does not name is 0', async () => {
    const path = stateFile()
    expect(await readState(path)).toEqual({ kind: 'missing', path })
    writeFileSync(path, '{"last_attempted_run": 150}')
    expect(await getIncrementalStartRun(path)).toMatchObject({ startRun: 150 })
    writeFileSync(path, '{}')
    expect(await getIncrementalStartRun(path)).toMatchObject({ kind: 'ok', startRun: 0 })
    await updateContiguousRunState(path, [1, 2, 4])
    expect(await contiguous(path)).toBe(2)
  })
})

describe('updateContiguousRunState', () => {
  it('goes from 100 over 101, 102, 103 to 103, stops at the gap before 106, and stays at 104', async () => {
    const path = stateFile()
    await writeState(path, { last_contiguous_run: 100 })
    await updateContiguousRunState(path, [101, 102, 103])
    expect(await contiguous(path)).toBe(103)
    await updateContiguousRunState(path, [104, 106, 107])
    expect(await contiguous(path)).toBe(104)
    const update = await updateContiguousRunState(path, [107, 108, 109])
    expect(update.kind).toBe('unchanged')
    expect(await contiguous(path)).toBe(104)
  })

  it('goes from 100 over 101, 103, 104 to 101', async () => {
    const path = stateFile()
    await writeState(path, { last_contiguous_run: 100 })
    await updateContiguousRunState(path, [101, 103, 104])
    expect(await contiguous(path)).toBe(101)
  })

  it('passes over 99 and 100 at 100, and writes nothing where nothing has changed', async () => {
    const path = stateFile()
    await writeState(path, { last_contiguous_run: 100, last_attempted_run: 105 })
    const before = statSync(path)
    await updateContiguousRunState(path, [99, 100, 102])
    await updateAttemptedRunState(path, [98, 99, 100])
    expect(statSync(path)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
    await updateContiguousRunState(path, [99, 100, 101])
    expect(await contiguous(path)).toBe(101)
  })

  it('takes the runs in any order', async () => {
    const path = stateFile()
    await writeState(path, { last_contiguous_run: 100 })
    await updateContiguousRunState(path, [103, 101, 102, 101])
    expect(await contiguous(path)).toBe(103)
  })
})

describe('updateAttemptedRunState', () => {
  it('goes from 100 to the highest of 101, 105, 103, and never falls', async () => {
    const path = stateFile()
    await writeState(path, { last_attempted_run: 100 })
    await updateAttemptedRunState(path, [101, 105, 103])
    expect(await attempted(path)).toBe(105)
    await updateAttemptedRunState(path, [98, 99, 100])
    expect(await attempted(path)).toBe(105)
    await updateAttemptedRunState(path, [])
    expect(await attempted(path)).toBe(105)
  })
})

describe('getIncrementalStartRun', () => {
  it.each([
    [100, 150, 150],
    [200, 150, 200],
  ])('of %i contiguous and %i tried is %i', async (contiguousRun, attemptedRun, startRun) => {
    const path = stateFile()
    await writeState(path, { last_contiguous_run: contiguousRun, last_attempted_run: attemptedRun })
    expect(await getIncrementalStartRun(path)).toEqual({ kind: 'ok', path, startRun })
  })

  it('without a file is 0', async () => {
    const path = join(directory(), 'nonexistent.json')
    expect(await getIncrementalStartRun(path)).toEqual({ kind: 'missing', path, startRun: 0 })
  })
})

describe('parseRunRecordsFromFile', () => {
  it('finds 100, 200 and 300 around a line that is no number, and tells of that line', async () => {
    const path = join(directory(), 'runs.txt')
    writeFileSync(path, '100\n200\ninvalid\n300\n\n')
    expect(await parseRunRecordsFromFile(path)).toEqual({
      kind: 'ok',
      path,
      runs: [100, 200, 300],
      problems: [{ line: 3, kind: 'not-digits', text: 'invalid' }],
      problemCount: 1,
    })
  })
})

describe('the failure log', () => {
  it('has 105, then 106 and 107 as well', async () => {
    const path = join(directory(), 'import_failure_log')
    writeFileSync(path, '105\n')
    await appendToFailureLog(path, [106, 107])
    expect(readFileSync(path, 'utf8')).toBe('105\n106\n107\n')
  })

  it('is made by the first failure', async () => {
    const path = join(directory(), 'archiver', 'import_failure_log')
    await appendToFailureLog(path, [105])
    expect(readFileSync(path, 'utf8')).toBe('105\n')
  })

  it('is put back as 105, 110, 115 by a recovery', async () => {
    const path = join(directory(), 'import_failure_log')
    writeFileSync(path, '7\n8\n')
    await writeFailureLog(path, [105, 110, 115])
    expect(readFileSync(path, 'utf8')).toBe('105\n110\n115\n')
  })
})

describe('the two marks together', () => {
  it('100-105 done, 106 failed, 107-110 done: contiguous 105, tried 110, start 110, 106 in the log', async () => {
    const at = directory()
    const [path, log] = [join(at, 'import_state.json'), join(at, 'import_failure_log')]
    await writeState(path, { last_contiguous_run: 99 })
    await updateContiguousRunState(path, [100, 101, 102, 103, 104, 105, 107, 108, 109, 110])
    await updateAttemptedRunState(path, [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110])
    await appendToFailureLog(log, [106])
    expect(await readState(path)).toMatchObject({
      state: { last_contiguous_run: 105, last_attempted_run: 110 },
    })
    expect(await getIncrementalStartRun(path)).toMatchObject({ startRun: 110 })
    expect(await parseRunRecordsFromFile(log)).toMatchObject({ runs: [106] })
  })

  it('100-110 with failures at 103 and 106: tried 110, and the log has both', async () => {
    const at = directory()
    await using tracker = await openRunTracker(join(at, 'import_state.json'), {
      failureLog: join(at, 'import_failure_log'),
    })
    const runs = Array.from({ length: 11 }, (_, i) => 100 + i)
    await tracker.recordAll(
      runs.map((run) => ({ run, outcome: [103, 106].includes(run) ? 'failed' : 'done' })),
    )
    expect(tracker.standing()).toMatchObject({ contiguous: 102, attempted: 110, startRun: 110 })
    expect(readFileSync(join(at, 'import_failure_log'), 'utf8')).toBe('103\n106\n')
  })
})

describe('the complete example', () => {
  it('101-105 with a failure at 103 after 100: contiguous 102, tried 105, next from 105, retry 103', async () => {
    const at = directory()
    mkdirSync(join(at, 'archiver'))
    const [path, log] = [join(at, 'archiver', 'state.json'), join(at, 'archiver', 'failures')]
    await writeState(path, { last_contiguous_run: 100, last_attempted_run: 100 })
    await updateContiguousRunState(path, [101, 102, 104, 105])
    await updateAttemptedRunState(path, [101, 102, 103, 104, 105])
    await appendToFailureLog(log, [103])
    expect(await readState(path)).toMatchObject({
      state: { last_contiguous_run: 102, last_attempted_run: 105 },
    })
    expect(await getIncrementalStartRun(path)).toMatchObject({ startRun: 105 })

    const retry = await parseRunRecordsFromFile(log)
    if (retry.kind !== 'ok') throw new Error(retry.kind)
    expect(retry.runs).toEqual([103])
    const remaining = retry.runs.filter((run) => run !== 103)
    await writeFailureLog(log, remaining)
    expect(readFileSync(log, 'utf8')).toBe('')
  })
})

describe('a retry', () => {
  it('of 103 and 106 first drops 103, which is there by now, and lets the mark go on to 105', async () => {
    const at = directory()
    const log = join(at, 'import_failure_log')
    await using tracker = await openRunTracker(join(at, 'import_state.json'), { failureLog: log })
    const runs = Array.from({ length: 11 }, (_, i) => 100 + i)
    await tracker.recordAll(
      runs.map((run) => ({ run, outcome: [103, 106].includes(run) ? 'failed' : 'done' })),
    )
    const isThere = new Set([100, 101, 102, 103, 104, 105, 107, 108, 109, 110])
    const found = tracker.failures().filter(({ run }) => isThere.has(run))
    await tracker.recordAll(found.map(({ run }) => ({ run, outcome: 'done' })))
    expect(readFileSync(log, 'utf8')).toBe('106\n')
    expect(tracker.standing()).toMatchObject({ contiguous: 105, attempted: 110 })
    await tracker.record({ run: 106, outcome: 'done' })
    expect(readFileSync(log, 'utf8')).toBe('')
    expect(tracker.standing()).toMatchObject({ contiguous: 110, attempted: 110 })
  })
})

describe('an end in the middle of 101 to 106', () => {
  it('loses none of those that finish on the way: 102 failed, and 103 to 105 are done', async () => {
    const at = directory()
    const [path, failureLog] = [join(at, 'import_state.json'), join(at, 'import_failure_log')]
    writeFileSync(path, '{"last_contiguous_run": 100, "last_attempted_run": 100}')
    const tracker = await openRunTracker(path, { failureLog })
    await tracker.record({ run: 101, outcome: 'done' })
    // Now it is asked to end. What runs already says itself how it ended, in whatever order.
    const ends = [104, 102, 106, 105, 103].map((run) =>
      tracker.record({ run, outcome: run === 102 ? 'failed' : 'done' }),
    )
    await tracker.close()
    await Promise.all(ends)

    await using next = await openRunTracker(path, { failureLog })
    expect(next.standing()).toMatchObject({ contiguous: 101, attempted: 106, startRun: 106 })
    expect([103, 104, 105, 106].map((run) => next.statusOf(run))).toEqual(
      Array.from({ length: 4 }, () => 'done'),
    )
    expect(readFileSync(failureLog, 'utf8')).toBe('102\n')
    expect(next.retryPlan({ waitMs: 0 }).due).toEqual([102])
    await next.record({ run: 102, outcome: 'done' })
    expect(next.standing()).toMatchObject({ contiguous: 106 })
  })
})
