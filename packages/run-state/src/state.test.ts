import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { recordedFacts } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { RunStateFact } from './facts.ts'
import { filesIn, scratch } from './scratch.fixture.ts'
import {
  getIncrementalStartRun,
  readState,
  updateAttemptedRunState,
  updateContiguousRunState,
  writeState,
} from './state.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()
const part = {
  version: 1,
  stamp: '',
  firstRun: 1,
  firstRunIs: 'given',
  done: '',
  absent: '',
  failed: '',
}

const CORRUPT: Readonly<Record<string, string | Buffer>> = {
  'an empty file': '',
  'half a file': '{"last_contiguous_run": 19',
  'no object': '[1, 2]',
  null: 'null',
  'bytes that are no UTF-8': Buffer.from('{"last_contiguous_run": 5, "who": "\xff"}', 'latin1'),
  'a mark that is text': '{"last_contiguous_run": "105"}',
  'a negative mark': '{"last_attempted_run": -1}',
  'a mark with a fraction': '{"last_attempted_run": 1.5}',
  'a token that is no JSON': '{"last_attempted_run": NaN}',
  'a later version': JSON.stringify({ holdfast: { ...part, version: 2 } }),
  'a part that is none': '{"holdfast": null}',
  'a first run that is none': JSON.stringify({ holdfast: { ...part, firstRun: 0 } }),
  'a first run of no kind': JSON.stringify({ holdfast: { ...part, firstRunIs: 'x' } }),
  'ranges that are no text': JSON.stringify({ holdfast: { ...part, done: [1, 2] } }),
  'ranges that nobody printed': JSON.stringify({ holdfast: { ...part, done: '5-1' } }),
  'failures that nobody printed': JSON.stringify({ holdfast: { ...part, failed: '5-1' } }),
}

describe.each(Object.entries(CORRUPT))('a state file with %s', (_, bytes) => {
  const corrupt = (): string => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, bytes)
    return path
  }

  it('is corrupt and never empty, to readers, updates and trackers, and stays as it was', async () => {
    const path = corrupt()
    expect(await readState(path)).toMatchObject({ kind: 'corrupt', path })
    expect(await getIncrementalStartRun(path)).toMatchObject({ kind: 'corrupt', path })
    await expect(openRunTracker(path)).rejects.toMatchObject({ code: 'RUN_STATE_CORRUPT', path })
    expect(readFileSync(path).equals(Buffer.from(bytes))).toBe(true)
    expect(filesIn(join(path, '..'))).toEqual(['state.json'])
  })

  it('is kept aside when it is replaced', async () => {
    const path = corrupt()
    const facts = recordedFacts<RunStateFact>()
    const { found, keptAt } = await writeState(
      path,
      { last_attempted_run: 7 },
      { observe: facts.observe },
    )
    expect(found).toBe('corrupt')
    expect(readFileSync(keptAt ?? '').equals(Buffer.from(bytes))).toBe(true)
    expect(await readState(path)).toMatchObject({ state: { last_attempted_run: 7 } })
    expect(facts.ofKind('run-state.kept-aside')).toMatchObject([{ path, keptAt }])
  })
})

describe('an update of a corrupt file', () => {
  it('is refused, and the evidence stays', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, '{"last_contiguous_run": 19')
    for (const update of [updateContiguousRunState, updateAttemptedRunState]) {
      await expect(update(path, [1])).rejects.toMatchObject({ code: 'RUN_STATE_CORRUPT', path })
    }
    expect(readFileSync(path, 'utf8')).toBe('{"last_contiguous_run": 19')
  })
})

describe('two corrupt files in one place', () => {
  it('are kept under two names, also in one millisecond', async () => {
    const path = join(directory(), 'state.json')
    const kept: (string | null)[] = []
    for (const text of ['first', 'second']) {
      writeFileSync(path, text)
      const clock = { wallMs: () => 1_763_722_800_000 }
      const { keptAt } = await writeState(path, {}, { clock: { ...systemClock, ...clock } })
      kept.push(keptAt)
    }
    expect(kept.map((name) => readFileSync(name ?? '', 'utf8'))).toEqual(['first', 'second'])
  })

  it('are kept by their content when the name is a symbolic link', async () => {
    const at = directory()
    const path = join(at, 'link.json')
    writeFileSync(join(at, 'real.json'), 'bad')
    symlinkSync(join(at, 'real.json'), path)
    const { keptAt } = await writeState(path, {})
    expect(readFileSync(keptAt ?? '', 'utf8')).toBe('bad')
    expect(readFileSync(join(at, 'real.json'), 'utf8')).toBe('{}\n')
  })
})

describe('writeState', () => {
  it('leaves the old file when the value is no state', async () => {
    const path = join(directory(), 'state.json')
    await writeState(path, { last_contiguous_run: 5 })
    const before = readFileSync(path, 'utf8')
    const nan = { last_contiguous_run: 6, ratio: Number.NaN }
    await expect(writeState(path, nan)).rejects.toMatchObject({ code: 'JSON_VALUE' })
    await expect(writeState(path, { last_contiguous_run: -6 })).rejects.toThrow(TypeError)
    await expect(writeState(path, [] as object as {})).rejects.toThrow('must be an object')
    expect(readFileSync(path, 'utf8')).toBe(before)
  })
})

describe('an update of one mark', () => {
  it('keeps the other mark and every key it does not know', async () => {
    const path = join(directory(), 'state.json')
    const state = {
      last_contiguous_run: 5,
      last_attempted_run: 9,
      timestamp: '2025-10-24T10:30:00',
    }
    await writeState(path, state)
    await updateContiguousRunState(path, [6])
    expect(await readState(path)).toMatchObject({ state: { ...state, last_contiguous_run: 6 } })
  })

  it('made at once in many places loses none', async () => {
    const path = join(directory(), 'state.json')
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await updateAttemptedRunState(path, [i + 1])
        await updateContiguousRunState(
          path,
          Array.from({ length: i + 1 }, (_, j) => j + 1),
        )
      }),
    )
    expect(await readState(path)).toMatchObject({
      state: { last_contiguous_run: 40, last_attempted_run: 40 },
    })
  })

  it('refuses what is no run, before it touches the file', async () => {
    const path = join(directory(), 'state.json')
    await expect(updateContiguousRunState(path, [1.5])).rejects.toThrow('successfulRuns')
    await expect(updateAttemptedRunState(path, [-1])).rejects.toThrow('attemptedRuns')
    expect(filesIn(join(path, '..'))).toEqual([])
  })
})

describe('an option that does not exist', () => {
  it('is an error in every function', async () => {
    const path = join(directory(), 'state.json')
    const options = { waitMS: 5 } as object
    await expect(readState(path, options)).rejects.toThrow('no option waitMS')
    await expect(writeState(path, {}, options)).rejects.toThrow('no option waitMS')
    await expect(updateAttemptedRunState(path, [], options)).rejects.toThrow('no option waitMS')
    await expect(openRunTracker(path, options)).rejects.toThrow('no option waitMS')
  })
})
