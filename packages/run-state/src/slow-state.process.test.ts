import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { Group } from './group.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
/** Holds back what a reader of a state has read. */
const held = vi.hoisted(() => ({ back: Promise.resolve() }))

vi.mock('./state.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('./state.ts')>()
  const readShape: typeof original.readShape = async (path, options) => {
    const read = await original.readShape(path, options)
    await held.back
    return read
  }
  return { ...original, readShape }
})

describe('a refresh that has read the state, and is slow to tell', () => {
  it('does not undo what a write has recorded meanwhile', async () => {
    const path = join(directory(), 'state.json')
    await using tracker = await openRunTracker(path)
    await tracker.record({ run: 1, outcome: 'done' })
    await using other = await openRunTracker(path)
    await other.record({ run: 2, outcome: 'failed' })
    const gate = new Group()
    held.back = gate.written
    // It reads what the other one has written, and that is older than what comes next.
    const refreshed = tracker.refresh()
    await tracker.record({ run: 3, outcome: 'done' })
    const standing = tracker.standing()
    gate.succeed()
    await refreshed
    expect(tracker.standing()).toEqual(standing)
    expect(standing).toMatchObject({ done: 2, failed: 1, attempted: 3, waiting: 0 })
  })
})
