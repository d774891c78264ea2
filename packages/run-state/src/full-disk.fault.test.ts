import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { appendToFailureLog } from './failure-log.ts'
import { filesIn } from './files.fixture.ts'
import { readState, writeState } from './state.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
const mount = lacking({ programs: ['mount', 'umount'], root: true })

/** Every byte that is left. */
function fill(at: string): string {
  const filler = join(at, 'filler')
  const { bavail, bsize } = statfsSync(at)
  writeFileSync(filler, Buffer.alloc(bavail * bsize))
  return filler
}

async function onSmallDisk(work: (at: string) => Promise<void>): Promise<void> {
  const at = directory()
  run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
  try {
    await work(at)
  } finally {
    run('umount', at)
  }
}

describe.skipIf(mount !== '')(`a file system of 1 MiB${mount}`, () => {
  it('that is full: the state stays, results wait, and are all written when there is room again', async () => {
    await onSmallDisk(async (at) => {
      const path = join(at, 'state.json')
      await using tracker = await openRunTracker(path)
      await tracker.record({ run: 1, outcome: 'done' })
      const before = readFileSync(path, 'utf8')
      const names = filesIn(at)

      const filler = fill(at)
      for (const runs of [2, 3]) {
        const recorded = tracker.record({ run: runs, outcome: 'failed' })
        await expect(recorded).rejects.toMatchObject({
          code: 'RUN_STATE_NOT_RECORDED',
          cause: { code: 'JSON_DISK_FULL' },
        })
      }
      expect(readFileSync(path, 'utf8')).toBe(before)
      expect(tracker.standing()).toMatchObject({ failed: 2, waiting: 2 })

      rmSync(filler)
      expect(filesIn(at)).toEqual(names)
      await tracker.record({ run: 4, outcome: 'done' })
      await using next = await openRunTracker(path)
      expect(next.standing()).toMatchObject({ done: 2, failed: 2, attempted: 4 })
      expect(next.failures().map(({ attempts }) => attempts)).toEqual([1, 1])
    })
  })

  it('that is full: a failure log stays as it was, and the error says why', async () => {
    await onSmallDisk(async (at) => {
      const path = join(at, 'failures.log')
      await appendToFailureLog(path, [1, 2])
      fill(at)
      await expect(appendToFailureLog(path, [3])).rejects.toMatchObject({
        code: 'RUN_FILE_NOT_WRITTEN',
        cause: { code: 'ENOSPC' },
      })
      expect(readFileSync(path, 'utf8')).toBe('1\n2\n')
      expect(filesIn(at)).toEqual(['failures.log', 'filler'])
    })
  })

  it('that is full: a corrupt state is still there, in its place and under its second name', async () => {
    await onSmallDisk(async (at) => {
      const path = join(at, 'state.json')
      await writeState(path, {})
      writeFileSync(path, 'bad')
      fill(at)
      await expect(writeState(path, {})).rejects.toMatchObject({ code: 'JSON_DISK_FULL' })
      expect(await readState(path)).toMatchObject({ kind: 'corrupt' })
      const [, aside = ''] = filesIn(at)
        .filter((name) => name !== 'filler')
        .toSorted((a, b) => a.length - b.length)
      expect(readFileSync(join(at, aside), 'utf8')).toBe('bad')
    })
  })
})
