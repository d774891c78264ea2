import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { appendToFailureLog, writeFailureLog } from './failure-log.ts'
import type { RunStateFact } from './facts.ts'
import { filesIn } from './files.fixture.ts'

const directory = scratch()
const logIn = (at: string): string => join(at, 'failures.log')

describe('a failure log', () => {
  it('is in order, with each run once, whatever comes in which order', async () => {
    const path = logIn(directory())
    await appendToFailureLog(path, [110, 103])
    await appendToFailureLog(path, [103, 99, 110])
    expect(readFileSync(path, 'utf8')).toBe('99\n103\n110\n')
  })

  it('loses nothing when many append at once', async () => {
    const path = logIn(directory())
    await Promise.all(Array.from({ length: 30 }, (_, i) => appendToFailureLog(path, [i + 1])))
    const { runs } = await appendToFailureLog(path, [])
    expect(runs).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
  })

  it('keeps the old one aside when a line of it would be lost, and says which', async () => {
    const at = directory()
    const path = logIn(at)
    writeFileSync(path, '105\n²\n106\n')
    const written = await appendToFailureLog(path, [107])
    expect(written).toMatchObject({ runs: [105, 106, 107], problems: [{ line: 2 }] })
    expect(readFileSync(written.keptAt ?? '', 'utf8')).toBe('105\n²\n106\n')
  })

  it('leaves nothing beside it', async () => {
    const at = directory()
    await writeFailureLog(logIn(at), [1, 2])
    expect(filesIn(at)).toEqual(['failures.log'])
  })

  it('goes where a symbolic link leads', async () => {
    const at = directory()
    mkdirSync(join(at, 'there'))
    writeFileSync(join(at, 'there', 'log'), '1\n')
    symlinkSync(join(at, 'there', 'log'), logIn(at))
    await appendToFailureLog(logIn(at), [2])
    expect(readFileSync(join(at, 'there', 'log'), 'utf8')).toBe('1\n2\n')
  })

  it('keeps its mode', async () => {
    const path = logIn(directory())
    writeFileSync(path, '1\n')
    chmodSync(path, 0o640)
    await appendToFailureLog(path, [2])
    expect(statSync(path).mode & 0o777).toBe(0o640)
  })

  it('refuses what is no run, and stays as it was', async () => {
    const path = logIn(directory())
    writeFileSync(path, '1\n')
    await expect(appendToFailureLog(path, [2.5])).rejects.toThrow('every failed run')
    expect(readFileSync(path, 'utf8')).toBe('1\n')
  })

  it('that cannot be replaced is an error with the reason, and stays as it was', async () => {
    const at = directory()
    const path = logIn(at)
    writeFileSync(path, '1\n')
    mkdirSync(join(at, '.failures.log.tmp'))
    await expect(appendToFailureLog(path, [2])).rejects.toMatchObject({
      code: 'RUN_FILE_NOT_WRITTEN',
      cause: { code: 'EISDIR' },
    })
    expect(readFileSync(path, 'utf8')).toBe('1\n')
  })

  it('stays as it was when its lock is lost before it is replaced', async () => {
    const path = logIn(directory())
    writeFileSync(path, '1\nx\n')
    const observe = ({ kind }: RunStateFact): void => {
      if (kind === 'run-state.kept-aside') rmSync(`${path}.lock`, { recursive: true })
    }
    await expect(appendToFailureLog(path, [2], { observe })).rejects.toMatchObject({
      code: 'LOCK_LOST',
    })
    expect(readFileSync(path, 'utf8')).toBe('1\nx\n')
  })

  it('refuses what is no list of runs', async () => {
    const path = logIn(directory())
    for (const write of [appendToFailureLog, writeFailureLog]) {
      await expect(write(path, 3 as never)).rejects.toThrow('failedRuns must be an iterable')
    }
    expect(filesIn(join(path, '..'))).toEqual([])
  })

  it('refuses an option that does not exist', async () => {
    const path = logIn(directory())
    await expect(writeFailureLog(path, [], { wait: 1 } as object)).rejects.toThrow('no option wait')
  })
})
