import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { openRunTracker } from './tracker.ts'

const directory = scratch()

function files() {
  const at = directory()
  const [path, failureLog] = [join(at, 'state.json'), join(at, 'failures.log')]
  return { path, failureLog, log: (): string => readFileSync(failureLog, 'utf8') }
}

describe('a failure log beside a state', () => {
  it('is mended by the next write when others have left it behind the state', async () => {
    const { path, failureLog, log } = files()
    await using a = await openRunTracker(path, { failureLog })
    await using b = await openRunTracker(path, { failureLog })
    await using without = await openRunTracker(path)
    await a.record({ run: 1, outcome: 'done' })
    await b.record({ run: 5, outcome: 'failed' })
    await without.record({ run: 5, outcome: 'done' })
    expect(log()).toBe('5\n')
    await a.record({ run: 2, outcome: 'done' })
    expect(log()).toBe('')
  })

  it('is mended by a flush that has nothing else to write', async () => {
    const { path, failureLog, log } = files()
    await using a = await openRunTracker(path, { failureLog })
    await a.record({ run: 5, outcome: 'failed' })
    for (const text of ['', '5\n5\n', '4\n5\n', '5\nx\n']) {
      writeFileSync(failureLog, text)
      await a.flush()
      expect(log()).toBe('5\n')
    }
  })

  it('is not written when it says what the state says', async () => {
    const { path, failureLog } = files()
    await using a = await openRunTracker(path, { failureLog })
    await a.record({ run: 5, outcome: 'failed' })
    const before = statSync(failureLog)
    await a.record({ run: 6, outcome: 'done' })
    await a.flush()
    expect(statSync(failureLog)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
  })
})
