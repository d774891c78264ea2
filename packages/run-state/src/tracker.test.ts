import { EventEmitter, once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { acquireLock, withLock } from '@holdfast/file-lock'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { RunStateFact } from './facts.ts'
import type { RunResult } from './progress.ts'
import { marksOf } from './state-file.ts'
import {
  readState,
  updateAttemptedRunState,
  updateContiguousRunState,
  writeState,
} from './state.ts'
import { openRunTracker, type RunTracker } from './tracker.ts'

const directory = scratch()
const done = (...runs: readonly number[]): RunResult[] =>
  runs.map((run) => ({ run, outcome: 'done' }))
const failed = (...runs: readonly number[]): RunResult[] =>
  runs.map((run) => ({ run, outcome: 'failed' }))

async function marksIn(path: string): Promise<unknown> {
  const read = await readState(path)
  if (read.kind !== 'ok') return read.kind
  const { contiguous, attempted } = marksOf(read.state)
  return [contiguous, attempted]
}

describe('a tracker', () => {
  it('writes nothing before the first result', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    expect(tracker.standing()).toMatchObject({ firstRun: null, startRun: 0, waiting: 0 })
    expect(await readState(path)).toMatchObject({ kind: 'missing' })
  })

  it('has a result in the file when its promise resolves', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.record({ run: 19500, outcome: 'done' })
    expect(await marksIn(path)).toEqual([19500, 19500])
  })

  it('lets the mark jump over a gap that is filled: 105, then 107 to 110, then 106', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.recordAll(done(100, 101, 102, 103, 104, 105))
    await tracker.recordAll([...failed(106), ...done(107, 108, 109, 110)])
    expect(tracker.standing()).toMatchObject({ contiguous: 105, startRun: 110, failed: 1 })
    expect(tracker.gaps()).toEqual([{ from: 106, to: 106 }])
    await tracker.recordAll(done(106))
    expect(await marksIn(path)).toEqual([110, 110])
    expect(tracker.failures()).toEqual([])
  })

  it('knows all of it in the next process', async () => {
    const path = join(directory(), 'state.json')
    {
      await using tracker = await openRunTracker(path)
      await tracker.recordAll([...done(1, 2, 5), ...failed(4), { run: 3, outcome: 'absent' }])
      await tracker.record({ run: 6, outcome: 'failed', permanent: true })
    }
    await using tracker = await openRunTracker(path)
    expect(tracker.standing()).toEqual({
      firstRun: 1,
      contiguous: 3,
      attempted: 6,
      startRun: 6,
      done: 3,
      absent: 1,
      failed: 2,
      waiting: 0,
    })
    expect([1, 3, 4, 7].map((run) => tracker.statusOf(run))).toEqual([
      'done',
      'absent',
      'failed',
      'unknown',
    ])
    expect(tracker.failures().map(({ isPermanent }) => isPermanent)).toEqual([false, true])
  })

  it('keeps what others put in the file', async () => {
    const path = join(directory(), 'state.json')
    await writeState(path, { timestamp: '2025-10-24T10:30:00', last_contiguous_run: 4 })
    await using tracker = await openRunTracker(path)
    await tracker.recordAll(done(5))
    expect(await readState(path)).toMatchObject({ state: { timestamp: '2025-10-24T10:30:00' } })
  })

  it('begins where it is told to', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path, { firstRun: 19500 })
    expect(tracker.standing()).toMatchObject({ firstRun: 19500, startRun: 19499 })
    await tracker.recordAll(done(19501))
    expect(tracker.standing()).toMatchObject({ contiguous: 19499, attempted: 19501 })
  })

  it('plans retries by the clock it was given', async () => {
    const path = join(directory(), 'state.json')
    const clock = new VirtualClock()
    await using tracker = await openRunTracker(path, { clock, engine: 'direct' })
    const recorded = tracker.recordAll(failed(7))
    await clock.advance(1000)
    await recorded
    expect(tracker.retryPlan({ waitMs: 5000 }).waiting).toMatchObject([{ run: 7 }])
    await clock.advance(5000)
    expect(tracker.retryPlan({ waitMs: 5000 }).due).toEqual([7])
  })
})

describe('group commit', () => {
  it('writes a batch once', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<RunStateFact>()
    await using tracker = await openRunTracker(path, { observe: facts.observe })
    await tracker.recordAll(done(...Array.from({ length: 1000 }, (_, i) => i + 1)))
    expect(facts.ofKind('json.replaced')).toHaveLength(1)
    expect(facts.ofKind('run-state.recorded')).toMatchObject([{ results: 1000, contiguous: 1000 }])
  })

  it('writes a thousand single results, told at once, once or twice', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<RunStateFact>()
    await using tracker = await openRunTracker(path, { observe: facts.observe })
    const runs = Array.from({ length: 1000 }, (_, i) => 1000 - i)
    await Promise.all(runs.map((run) => tracker.record({ run, outcome: 'done' })))
    expect(facts.ofKind('json.replaced').length).toBeLessThanOrEqual(2)
    expect(await marksIn(path)).toEqual([1000, 1000])
  })

  it('lets results that come during a write share the next one', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<RunStateFact>()
    const later: Promise<void>[] = []
    await using tracker = await openRunTracker(path, {
      observe: (fact) => {
        facts.observe(fact)
        // The first write is made, and the lock not given back yet.
        if (fact.kind !== 'json.replaced' || later.length > 0) return
        for (const result of done(2, 3, 4)) later.push(tracker.record(result))
      },
    })
    await tracker.recordAll(done(1))
    await Promise.all(later)
    expect(facts.ofKind('run-state.recorded').map(({ results }) => results)).toEqual([1, 3])
    expect(await marksIn(path)).toEqual([4, 4])
  })

  it('has nothing to write when there are no results', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.recordAll([])
    await tracker.flush()
    expect(await readState(path)).toMatchObject({ kind: 'missing' })
  })
})

describe('two trackers of one file', () => {
  it('lose nothing of each other, and learn of each other with every write', async () => {
    const path = join(directory(), 'state.json')
    await using a = await openRunTracker(path)
    await using b = await openRunTracker(path)
    const odd = Array.from({ length: 150 }, (_, i) => 2 * i + 1)
    await Promise.all(
      odd.map(async (run) => {
        await a.record({ run, outcome: 'done' })
        await b.record({ run: run + 1, outcome: run % 10 === 9 ? 'failed' : 'done' })
      }),
    )
    await a.refresh()
    for (const tracker of [a, b]) {
      expect(tracker.standing()).toMatchObject({ done: 270, failed: 30, attempted: 300 })
    }
  })

  it('count a failure on both sides twice, and a success ends it for both', async () => {
    const path = join(directory(), 'state.json')
    const clock = new VirtualClock()
    await using a = await openRunTracker(path)
    await using b = await openRunTracker(path, { clock, engine: 'direct' })
    await a.recordAll(failed(7))
    await b.recordAll(failed(7))
    expect(b.failures()).toMatchObject([{ run: 7, attempts: 2 }])
    await a.recordAll(done(7))
    await b.refresh()
    expect(b.failures()).toEqual([])
  })
})

describe('programs that know only the marks', () => {
  it('are taken over: their marks and their failure log', async () => {
    const at = directory()
    const [path, failureLog] = [join(at, 'import_state.json'), join(at, 'import_failure_log')]
    writeFileSync(path, '{"last_contiguous_run": 102, "last_attempted_run": 105}')
    writeFileSync(failureLog, '103\n103\n')
    const facts = recordedFacts<RunStateFact>()
    await using tracker = await openRunTracker(path, { failureLog, observe: facts.observe })
    expect(tracker.standing()).toMatchObject({ contiguous: 102, attempted: 105, startRun: 105 })
    expect(tracker.failures()).toMatchObject([{ run: 103, attempts: 1 }])
    expect(tracker.retryPlan().due).toEqual([103])

    await tracker.recordAll(done(103, 104, 105))
    expect(await marksIn(path)).toEqual([105, 105])
    expect(readFileSync(failureLog, 'utf8')).toBe('')
    expect(facts.ofKind('run-state.adopted')).toMatchObject([{ contiguous: 102, failures: 1 }])
  })

  it('may go on writing their marks meanwhile', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.recordAll([...done(1, 2, 3), ...failed(4)])
    await updateContiguousRunState(path, [4, 5])
    await updateAttemptedRunState(path, [9])
    await tracker.recordAll(done(6))
    expect(tracker.standing()).toMatchObject({ contiguous: 6, attempted: 9, failed: 0 })
    await using next = await openRunTracker(path)
    expect(next.standing()).toEqual(tracker.standing())
  })

  it('read the failure log that is kept for them, in order and each run once', async () => {
    const at = directory()
    const failureLog = join(at, 'failures.log')
    await using tracker = await openRunTracker(join(at, 'state.json'), { failureLog })
    await tracker.recordAll(failed(9, 3))
    await tracker.recordAll(failed(3, 5))
    expect(readFileSync(failureLog, 'utf8')).toBe('3\n5\n9\n')
    await tracker.recordAll(done(5))
    expect(readFileSync(failureLog, 'utf8')).toBe('3\n9\n')
  })

  it('never read a log that is older than the state its writer has seen', async () => {
    const at = directory()
    const [path, failureLog] = [join(at, 'state.json'), join(at, 'failures.log')]
    const news = new EventEmitter()
    const isWritten = once(news, 'shared-json.updated')
    await using slow = await openRunTracker(path, {
      failureLog,
      observe: ({ kind }) => void news.emit(kind),
    })
    await using quick = await openRunTracker(path)
    const held = await acquireLock(failureLog)
    const recorded = slow.recordAll(failed(1))
    await isWritten
    await quick.recordAll(done(1))
    await held.release()
    await recorded
    expect(readFileSync(failureLog, 'utf8')).toBe('')
  })

  it('are told by a log that is one write behind when the log cannot be written; it is mended by the next flush', async () => {
    const at = directory()
    const failureLog = join(at, 'failures.log')
    const facts = recordedFacts<RunStateFact>()
    await using tracker = await openRunTracker(join(at, 'state.json'), {
      failureLog,
      observe: facts.observe,
    })
    mkdirSync(join(at, '.failures.log.tmp'))
    await tracker.recordAll(failed(9))
    expect(facts.ofKind('run-state.log-behind')).toMatchObject([{ code: 'RUN_FILE_NOT_WRITTEN' }])
    await expect(tracker.flush()).rejects.toMatchObject({ code: 'RUN_FILE_NOT_WRITTEN' })
    rmdirSync(join(at, '.failures.log.tmp'))
    await tracker.flush()
    expect(readFileSync(failureLog, 'utf8')).toBe('9\n')
  })
})

describe('results that cannot be written', () => {
  it('are told, wait, and are written with the next ones', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<RunStateFact>()
    await using tracker = await openRunTracker(path, { observe: facts.observe, waitMs: 0 })
    await withLock(path, {}, async () => {
      // Within the lock nobody else gets it, not even we.
      await expect(tracker.recordAll(failed(1, 2))).rejects.toMatchObject({
        code: 'RUN_STATE_NOT_RECORDED',
        waiting: 2,
      })
    })
    expect(facts.ofKind('run-state.record-failed')).toHaveLength(1)
    expect(tracker.standing()).toMatchObject({ failed: 2, waiting: 2 })
    await tracker.recordAll(done(3))
    expect(tracker.standing()).toMatchObject({ waiting: 0 })
    await using next = await openRunTracker(path)
    expect(next.failures()).toMatchObject([{ attempts: 1 }, { attempts: 1 }])
    expect(await marksIn(path)).toEqual([0, 3])
  })

  it('are counted once when they were written and only not confirmed', async () => {
    const path = join(directory(), 'state.json')
    let isFirst = true
    await using tracker = await openRunTracker(path, {
      observe: ({ kind }) => {
        if (kind !== 'json.replaced' || !isFirst) return
        isFirst = false
        rmSync(`${path}.lock`, { recursive: true })
      },
    })
    await expect(tracker.recordAll([...failed(7), ...done(8)])).rejects.toMatchObject({
      code: 'RUN_STATE_NOT_RECORDED',
      cause: { code: 'SHARED_JSON_UNCONFIRMED' },
    })
    expect(await marksIn(path)).toEqual([6, 8])
    await tracker.flush()
    expect(tracker.failures()).toMatchObject([{ run: 7, attempts: 1 }])
    expect(tracker.standing()).toMatchObject({ done: 1, waiting: 0 })
  })

  it('wait when the wait for the lock is ended by a signal', async () => {
    const path = join(directory(), 'state.json')
    const stop = new AbortController()
    const tracker = await openRunTracker(path, { signal: stop.signal })
    await withLock(path, {}, async () => {
      const recorded = tracker.recordAll(done(1))
      stop.abort(new Error('enough'))
      await expect(recorded).rejects.toMatchObject({ code: 'RUN_STATE_NOT_RECORDED' })
    })
    expect(tracker.standing()).toMatchObject({ waiting: 1 })
  })

  it('are written by close, which then takes nothing more', async () => {
    const path = join(directory(), 'state.json')
    const tracker = await openRunTracker(path, { waitMs: 0 })
    await withLock(path, {}, () => tracker.recordAll(done(1)).catch(() => {}))
    await tracker.close()
    expect(await marksIn(path)).toEqual([1, 1])
    await expect(tracker.recordAll(done(2))).rejects.toMatchObject({ code: 'RUN_TRACKER_CLOSED' })
    await tracker.close()
  })

  it('are no more than the tracker may hold', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path, { maxWaiting: 2 })
    await expect(tracker.recordAll(done(1, 2, 3))).rejects.toMatchObject({
      code: 'RUN_TRACKER_FULL',
    })
    expect(tracker.standing()).toMatchObject({ done: 0 })
  })

  it('wait while the file is corrupt, which stays as it is', async () => {
    const path = join(directory(), 'state.json')
    const tracker = await openRunTracker(path)
    await tracker.recordAll(done(1))
    writeFileSync(path, 'bad')
    await expect(tracker.recordAll(done(2))).rejects.toMatchObject({
      code: 'RUN_STATE_NOT_RECORDED',
      cause: { code: 'RUN_STATE_CORRUPT' },
    })
    expect(readFileSync(path, 'utf8')).toBe('bad')
    await expect(tracker.refresh()).rejects.toMatchObject({ code: 'RUN_STATE_CORRUPT' })
    await writeState(path, { last_contiguous_run: 1 })
    await tracker.close()
    expect(await marksIn(path)).toEqual([2, 2])
  })
})

describe('a failed run', () => {
  it('has so many attempts as were told, also in one batch and in one millisecond', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.recordAll(failed(7, 7, 7))
    expect(tracker.failures()).toMatchObject([{ run: 7, attempts: 3 }])
  })

  it('has so many attempts as were told when a write of several was made and not confirmed', async () => {
    const path = join(directory(), 'state.json')
    await using other = await openRunTracker(path)
    let isFirst = true
    await using tracker = await openRunTracker(path, {
      observe: ({ kind }) => {
        if (kind !== 'json.replaced' || !isFirst) return
        isFirst = false
        rmSync(`${path}.lock`, { recursive: true })
      },
    })
    await expect(tracker.recordAll([...failed(7), ...failed(7)])).rejects.toMatchObject({
      cause: { code: 'SHARED_JSON_UNCONFIRMED' },
    })
    // Someone builds on it before it is confirmed, and has success with what failed in between.
    await other.recordAll([...failed(7), ...done(8)])
    await tracker.recordAll(failed(9))
    expect(tracker.failures().map(({ run, attempts }) => [run, attempts])).toEqual([
      [7, 3],
      [9, 1],
    ])
    await tracker.refresh()
    expect(tracker.standing()).toMatchObject({ failed: 2, waiting: 0 })
  })
})

/** Runs 3 and 4 have failed as often as they may, and 6 for good. */
async function givenUp(path: string, failureLog: string): Promise<RunTracker> {
  const tracker = await openRunTracker(path, { failureLog })
  await tracker.recordAll([...done(1, 2), ...failed(3, 3, 3, 4, 4, 4), ...done(5)])
  await tracker.record({ run: 6, outcome: 'failed', permanent: true })
  return tracker
}

describe('a run that was given up', () => {
  it('is due again when someone wants it tried anew: no mark moves, and its history stays', async () => {
    const at = directory()
    const [path, log] = [join(at, 'state.json'), join(at, 'failures.log')]
    await using tracker = await givenUp(path, log)
    expect(tracker.retryPlan()).toMatchObject({ due: [], givenUp: [3, 4], permanent: [6] })
    const before = tracker.standing()
    expect(await tracker.retry([3, 5, 99])).toEqual([3])
    expect(tracker.standing()).toEqual(before)
    expect(readFileSync(log, 'utf8')).toBe('3\n4\n6\n')

    await using next = await openRunTracker(path)
    expect(next.retryPlan()).toMatchObject({ due: [3], givenUp: [4], permanent: [6] })
    expect(next.failures()[0]).toMatchObject({ run: 3, attempts: 0, earlierAttempts: 3 })
    expect(next.failures()[0]?.failedAtMs).toBeGreaterThan(0)
    await next.recordAll(failed(3))
    expect(next.failures()[0]).toMatchObject({ attempts: 1, earlierAttempts: 3 })
  })

  it('is among all, the permanent ones are not, unless they are named', async () => {
    const at = directory()
    await using tracker = await givenUp(join(at, 'state.json'), join(at, 'failures.log'))
    expect(await tracker.retry('all')).toEqual([3, 4])
    expect(tracker.retryPlan()).toMatchObject({ due: [3, 4], givenUp: [], permanent: [6] })
    expect(await tracker.retry([6])).toEqual([6])
    expect(tracker.retryPlan()).toMatchObject({ due: [3, 4, 6], permanent: [] })
  })

  it('and was done by another meanwhile stays done', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    await using tracker = await givenUp(path, join(at, 'failures.log'))
    await using other = await openRunTracker(path)
    await other.recordAll(done(3))
    expect(await tracker.retry([3, 4])).toEqual([4])
    expect(tracker.statusOf(3)).toBe('done')
  })

  it('costs no write when there is none, and what is no list of runs is refused', async () => {
    const path = join(directory(), 'state.json')
    const tracker = await openRunTracker(path)
    expect([await tracker.retry('all'), await tracker.retry([7])]).toEqual([[], []])
    expect(await readState(path)).toMatchObject({ kind: 'missing' })
    await expect(tracker.retry('some' as 'all')).rejects.toThrow('got "some"')
    await expect(tracker.retry([0])).rejects.toThrow('every one of runs')
    await tracker.close()
    await expect(tracker.retry('all')).rejects.toMatchObject({ code: 'RUN_TRACKER_CLOSED' })
  })

  it('is told as a retry, and not as a result', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<RunStateFact>()
    await using tracker = await openRunTracker(path, { observe: facts.observe })
    await tracker.recordAll(failed(3, 4))
    await tracker.retry([3])
    expect(facts.ofKind('run-state.recorded')).toMatchObject([
      { results: 2, failed: 2, retried: 0 },
      { results: 0, failed: 0, retried: 1 },
    ])
  })
})

describe('a directory that is missing', () => {
  it('is a misspelt path, unless it is to be made', async () => {
    const at = directory()
    const path = join(at, 'missing', 'state.json')
    await expect(openRunTracker(path)).rejects.toMatchObject({
      code: 'RUN_FILE_NO_DIRECTORY',
      path,
    })
    const failureLog = join(at, 'absent', 'failures.log')
    await expect(openRunTracker(join(at, 'state.json'), { failureLog })).rejects.toMatchObject({
      code: 'RUN_FILE_NO_DIRECTORY',
      path: failureLog,
    })
    await using tracker = await openRunTracker(path, { failureLog, createDirectory: true })
    await tracker.recordAll([...done(1), ...failed(2)])
    expect([await marksIn(path), readFileSync(failureLog, 'utf8')]).toEqual([[1, 2], '2\n'])
  })

  it('and was there is not made by a write: the results wait', async () => {
    const at = directory()
    const path = join(at, 'here', 'state.json')
    mkdirSync(join(at, 'here'))
    const tracker = await openRunTracker(path)
    rmdirSync(join(at, 'here'))
    await expect(tracker.recordAll(done(1))).rejects.toMatchObject({
      code: 'RUN_STATE_NOT_RECORDED',
    })
    expect(tracker.standing().waiting).toBe(1)
  })
})

describe('a state file that is removed under a tracker', () => {
  it('is written again with all it knows', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.recordAll([...done(1, 2), ...failed(3)])
    rmSync(path)
    await tracker.recordAll(done(4))
    await using next = await openRunTracker(path)
    expect(next.standing()).toMatchObject({ done: 3, failed: 1, contiguous: 2 })
  })
})

describe('what is no result', () => {
  it('is refused, with all that came with it', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    const bad: readonly unknown[] = [
      { run: 0, outcome: 'done' },
      { run: 1.5, outcome: 'done' },
      { run: 1, outcome: 'skipped' },
      { run: 1, outcome: 'failed', permanent: 'yes' },
      { run: 1, outcome: 'done', permanent: true },
      { run: 1, outcome: 'absent', permanent: false },
    ]
    for (const result of bad) {
      const results = [...done(1), result as RunResult]
      await expect(tracker.recordAll(results)).rejects.toThrow(/^(run|outcome|permanent) must be/)
    }
    expect(tracker.standing()).toMatchObject({ done: 0, waiting: 0 })
  })

  it('is refused with its name when it has a field that there is not, or is nothing at all', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    const misspelt = { run: 1, outcome: 'failed', permanet: true } as RunResult
    await expect(tracker.record(misspelt)).rejects.toThrow('a result has no permanet')
    for (const bad of [undefined, null, 3, 'done']) {
      await expect(tracker.record(bad as never)).rejects.toThrow('a result must be {run, outcome}')
      await expect(tracker.recordAll(bad as never)).rejects.toThrow('results must be an array')
    }
    const text = { run: '5', outcome: 'done' } as unknown as RunResult
    await expect(tracker.record(text)).rejects.toThrow('run must be a whole number ≥ 1, got "5"')
    expect(() => tracker.retryPlan(3 as never)).toThrow('a retry policy must be an object')
    expect(() => tracker.retryPlan({ attempts: '3' } as never)).toThrow('got "3"')
    expect(tracker.standing()).toMatchObject({ done: 0, failed: 0, waiting: 0 })
  })

  it('nor is a bad option: each is named', async () => {
    const path = join(directory(), 'state.json')
    await expect(openRunTracker(path, { firstRun: 0 })).rejects.toThrow('firstRun')
    await expect(openRunTracker(path, { maxWaiting: 0.5 })).rejects.toThrow('maxWaiting')
    await expect(openRunTracker(path, { failureLog: '' })).rejects.toThrow('failureLog')
    const create = { createDirectory: 'yes' } as object
    await expect(openRunTracker(path, create)).rejects.toThrow('createDirectory')
  })
})
