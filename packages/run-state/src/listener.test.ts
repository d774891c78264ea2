import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VirtualClock } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recoverRunState } from './recover.ts'
import { readState, updateAttemptedRunState, writeState } from './state.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
const bug = new Error('a bug of the listener')
const observe = (): never => {
  throw bug
}

describe('a listener that throws', () => {
  const [uncaught, unhandled]: [unknown[], unknown[]] = [[], []]
  const hear = (error: unknown): void => void uncaught.push(error)
  const hearUnhandled = (error: unknown): void => void unhandled.push(error)
  const others = process.listeners('uncaughtException')
  const othersUnhandled = process.listeners('unhandledRejection')

  // The test runner's own listeners would fail the test for what it is about.
  beforeEach(() => {
    process.removeAllListeners('uncaughtException').on('uncaughtException', hear)
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', hearUnhandled)
  })
  afterEach(() => {
    process.off('uncaughtException', hear)
    process.off('unhandledRejection', hearUnhandled)
    for (const listener of others) process.on('uncaughtException', listener)
    for (const listener of othersUnhandled) process.on('unhandledRejection', listener)
    uncaught.length = 0
  })

  it('costs no result, also none of those that come meanwhile, and surfaces as the bug it is', async () => {
    const path = join(directory(), 'state.json')
    const tracker = await openRunTracker(path, { observe })
    const runs = [1, 2, 3, 4, 5]
    const first = tracker.record({ run: 1, outcome: 'done' })
    const later: Promise<void>[] = []
    for (const run of runs.slice(1)) {
      await readState(path)
      later.push(tracker.record({ run, outcome: 'done' }))
    }
    await Promise.all([first, ...later])
    await tracker.close()
    expect(await readState(path)).toMatchObject({ state: { last_contiguous_run: 5 } })
    await new VirtualClock().advance(0)
    expect(uncaught.length).toBeGreaterThan(0)
    expect(new Set(uncaught)).toEqual(new Set([bug]))
    expect(unhandled).toEqual([])
  })

  it('costs no write of any other function', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, 'bad')
    await writeState(path, { last_contiguous_run: 4 }, { observe })
    await updateAttemptedRunState(path, [9], { observe })
    const state = { last_contiguous_run: 4, last_attempted_run: 9 }
    expect(await readState(path, { observe })).toMatchObject({ state })
    const failureLog = join(path, '..', 'failures.log')
    const lists = { source: [1, 2, 3], destination: [1, 3], failureLog }
    expect(await recoverRunState(path, { ...lists, observe })).toMatchObject({ failures: [2] })
    await new VirtualClock().advance(0)
    expect(new Set(uncaught)).toEqual(new Set([bug]))
  })
})
