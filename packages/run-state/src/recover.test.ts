import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { RunStateFact } from './facts.ts'
import { recoverRunState } from './recover.ts'
import { getIncrementalStartRun, readState, writeState } from './state.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
const row = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('a recovery from the listings of source and destination', () => {
  it('begins at the lowest run there, ends at the highest, and what lacks in between is to be retried', async () => {
    const path = join(directory(), 'state.json')
    const destination = [...row(100, 104), ...row(106, 109), ...row(111, 114)]
    const found = await recoverRunState(path, { source: row(90, 120), destination })
    const failures = [...row(90, 99), 105, 110]
    expect(found).toMatchObject({ contiguous: 104, attempted: 114, failures, found: 'missing' })
    await using tracker = await openRunTracker(path)
    expect(tracker.standing()).toMatchObject({ firstRun: 100, startRun: 114 })
    expect(tracker.retryPlan().due).toEqual(failures)
    await tracker.record({ run: 105, outcome: 'done' })
    expect(tracker.standing()).toMatchObject({ contiguous: 109 })
    await tracker.record({ run: 95, outcome: 'done' })
    expect(tracker.standing()).toMatchObject({ contiguous: 109 })
  })

  it('takes for new, and for no failures, what the source has after the highest run there', async () => {
    const path = join(directory(), 'state.json')
    const found = await recoverRunState(path, { source: row(1, 20), destination: row(1, 12) })
    expect(found).toMatchObject({ contiguous: 12, attempted: 12, failures: [], newRuns: 8 })
    expect(await getIncrementalStartRun(path)).toMatchObject({ startRun: 12 })
    const later = { source: row(1, 20), destination: [7], firstRun: 10 }
    expect(await recoverRunState(path, later)).toMatchObject({ attempted: 0, newRuns: 11 })
  })

  it('says of 100 to 110 with 106 missing what the job that failed at 106 said', async () => {
    const path = join(directory(), 'import_state.json')
    const failureLog = join(path, '..', 'import_failure_log')
    const destination = [...row(100, 105), ...row(107, 110)]
    const options = { source: row(100, 115), destination, failureLog }
    const found = await recoverRunState(path, options)
    expect(found).toMatchObject({ contiguous: 105, attempted: 110, failures: [106], newRuns: 5 })
    expect(await getIncrementalStartRun(path)).toMatchObject({ startRun: 110 })
    expect(readFileSync(failureLog, 'utf8')).toBe('106\n')
  })

  it('takes numbers that exist on neither side for no gaps', async () => {
    const path = join(directory(), 'state.json')
    const found = await recoverRunState(path, { source: [2, 4, 6, 8], destination: [2, 4, 6] })
    expect(found).toMatchObject({ contiguous: 6, attempted: 6, failures: [], absent: 2 })
  })

  it('of an empty destination is a beginning: both marks 0 and an empty log', async () => {
    const at = directory()
    const failureLog = join(at, 'failures.log')
    const found = await recoverRunState(join(at, 'state.json'), {
      source: row(1, 9),
      destination: [],
      failureLog,
    })
    expect(found).toMatchObject({ contiguous: 0, attempted: 0, failures: [] })
    expect(readFileSync(failureLog, 'utf8')).toBe('')
  })

  it('of an empty destination is a beginning also where the numbers begin at 19500', async () => {
    const path = join(directory(), 'state.json')
    const failureLog = join(path, '..', 'failures.log')
    for (const destination of [[], [7]]) {
      const options = { source: row(19500, 19510), destination, firstRun: 19500, failureLog }
      const found = await recoverRunState(path, options)
      expect(found).toMatchObject({ contiguous: 0, attempted: 0, failures: [] })
      expect(readFileSync(failureLog, 'utf8')).toBe('')
    }
    await using tracker = await openRunTracker(path, { firstRun: 19500 })
    expect(tracker.standing()).toMatchObject({ contiguous: 19499, startRun: 19499 })
  })

  it('leaves out what lies before a first run that was given', async () => {
    const path = join(directory(), 'state.json')
    const options = { source: row(90, 105), destination: row(100, 105), firstRun: 98 }
    const found = await recoverRunState(path, options)
    expect(found).toMatchObject({ contiguous: 97, failures: [98, 99] })
  })

  it('writes the failure log anew', async () => {
    const at = directory()
    const failureLog = join(at, 'failures.log')
    writeFileSync(failureLog, '1\n2\n')
    const options = { source: row(100, 115), destination: [100, 116], failureLog }
    await recoverRunState(join(at, 'state.json'), { ...options, firstRun: 105 })
    expect(readFileSync(failureLog, 'utf8')).toBe(
      row(105, 115)
        .map((run) => `${run}\n`)
        .join(''),
    )
  })

  it('keeps a corrupt file aside, and other keys of a whole one', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, 'bad')
    const facts = recordedFacts<RunStateFact>()
    const options = { source: [1, 2], destination: [1, 2], observe: facts.observe }
    const first = await recoverRunState(path, options)
    expect(first.found).toBe('corrupt')
    expect(readFileSync(first.keptAt ?? '', 'utf8')).toBe('bad')
    await writeState(path, { last_contiguous_run: 9, who: 'ana' })
    expect(await recoverRunState(path, options)).toMatchObject({ found: 'ok', keptAt: null })
    const state = { who: 'ana', last_contiguous_run: 2, last_attempted_run: 2 }
    expect(await readState(path)).toMatchObject({ state })
    expect(facts.ofKind('run-state.recovered')).toHaveLength(2)
  })

  it('is seen by a tracker that was open all the time', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.record({ run: 500, outcome: 'done' })
    await recoverRunState(path, { source: row(1, 9), destination: row(1, 8) })
    await tracker.record({ run: 9, outcome: 'done' })
    expect(tracker.standing()).toMatchObject({ contiguous: 9, attempted: 9 })
  })

  it('refuses what is no run or no option, before it touches the file', async () => {
    const path = join(directory(), 'state.json')
    const empty = { source: [], destination: [] }
    await expect(recoverRunState(path, { ...empty, source: [0] })).rejects.toThrow('source')
    await expect(recoverRunState(path, { ...empty, destination: [1.5] })).rejects.toThrow(
      'destination',
    )
    await expect(recoverRunState(path, undefined as never)).rejects.toThrow('options must be')
    await expect(recoverRunState(path, {} as never)).rejects.toThrow('source must be an iterable')
    await expect(recoverRunState(path, { ...empty, firstRun: -1 })).rejects.toThrow('firstRun')
    await expect(recoverRunState(path, { ...empty, log: 1 } as never)).rejects.toThrow('option log')
    expect(await readState(path)).toMatchObject({ kind: 'missing' })
  })
})
