import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { recordedFacts } from '@holdfast/seams/testing'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { RunStateFact } from './facts.ts'
import { filesIn } from './files.fixture.ts'
import { recoverRunState } from './recover.ts'
import {
  getIncrementalStartRun,
  readState,
  updateAttemptedRunState,
  updateContiguousRunState,
  writeState,
} from './state.ts'
import { openRunTracker } from './tracker.ts'

const directory = scratch()

function* upTo(last: number): Generator<number> {
  for (let run = 1; run <= last; run += 1) yield run
}

const part = {
  version: 1,
  stamp: '',
  earlierStamps: '',
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
  'no version': JSON.stringify({ holdfast: { ...part, version: undefined } }),
  'a version that is none': JSON.stringify({ holdfast: { ...part, version: '2' } }),
  'a part that is none': '{"holdfast": null}',
  'a first run that is none': JSON.stringify({ holdfast: { ...part, firstRun: 0 } }),
  'a first run of no kind': JSON.stringify({ holdfast: { ...part, firstRunIs: 'x' } }),
  'ranges that are no text': JSON.stringify({ holdfast: { ...part, done: [1, 2] } }),
  'ranges that nobody printed': JSON.stringify({ holdfast: { ...part, done: '5-1' } }),
  'a run 0 that is done': JSON.stringify({ holdfast: { ...part, done: '0-4' } }),
  'a run 0 that failed': JSON.stringify({ holdfast: { ...part, failed: '0/1/0' } }),
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

describe('a state file of a later release', () => {
  it('is told apart from a corrupt one, by everyone, and is never replaced', async () => {
    const path = join(directory(), 'state.json')
    const text = JSON.stringify({ last_contiguous_run: 7, holdfast: { version: 2, runs: [1] } })
    writeFileSync(path, text)
    const all: readonly Promise<unknown>[] = [
      readState(path),
      getIncrementalStartRun(path),
      openRunTracker(path),
      writeState(path, { last_contiguous_run: 1 }),
      updateContiguousRunState(path, [8]),
      updateAttemptedRunState(path, [8]),
      recoverRunState(path, { source: [1], destination: [1] }),
    ]
    const refusal = { code: 'RUN_STATE_VERSION', path, version: 2 }
    // All are awaited at once: one that is refused before its turn would be nobody's.
    await Promise.all(all.map((one) => expect(one).rejects.toMatchObject(refusal)))
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(filesIn(join(path, '..'))).toEqual(['state.json'])
  })

  it('that comes under an open tracker stays as it is, and the results wait', async () => {
    const path = join(directory(), 'state.json')
    const tracker = await openRunTracker(path)
    await tracker.record({ run: 1, outcome: 'done' })
    const text = JSON.stringify({ holdfast: { version: 3 } })
    writeFileSync(path, text)
    await expect(tracker.record({ run: 2, outcome: 'done' })).rejects.toMatchObject({
      code: 'RUN_STATE_NOT_RECORDED',
      cause: { code: 'RUN_STATE_VERSION' },
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

describe('a lock that is lost before the file is replaced', () => {
  it('leaves the corrupt state in its place', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, 'bad')
    const observe = ({ kind }: RunStateFact): void => {
      if (kind === 'run-state.kept-aside') rmSync(`${path}.lock`, { recursive: true })
    }
    const written = writeState(path, { last_contiguous_run: 1 }, { observe })
    await expect(written).rejects.toMatchObject({ code: 'LOCK_LOST' })
    expect(readFileSync(path, 'utf8')).toBe('bad')
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

describe('a mark that is misspelt', () => {
  it('is an error, and not a key of someone else', async () => {
    const path = join(directory(), 'state.json')
    for (const state of [{ last: 3 }, { lastContiguousRun: 3 }, { last_contigous_run: 3 }]) {
      const [name = ''] = Object.keys(state)
      await expect(writeState(path, state)).rejects.toThrow(`there is no mark ${name}`)
    }
    expect(filesIn(join(path, '..'))).toEqual([])
  })

  it('is neither a text, nor what the file has already', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, '{"last_seen": 12}')
    await writeState(path, { last_seen: 13, last_updated: '2025-10-24', batches: 4 })
    expect(await readState(path)).toMatchObject({ state: { last_seen: 13, batches: 4 } })
  })

  it('is not one that is behind the other: each stands by itself', async () => {
    const path = join(directory(), 'state.json')
    await writeState(path, { last_contiguous_run: 200, last_attempted_run: 150 })
    expect(await getIncrementalStartRun(path)).toMatchObject({ startRun: 200 })
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

  it('takes more runs than a plain set holds', async () => {
    const path = join(directory(), 'state.json')
    const { state } = await updateContiguousRunState(path, upTo(17_000_000))
    expect(state.last_contiguous_run).toBe(17_000_000)
  })

  it('refuses what is no list of runs, before it touches the file', async () => {
    const path = join(directory(), 'state.json')
    for (const bad of [3, undefined, '123', { run: 1 }]) {
      const runs = bad as Iterable<number>
      const thrown = { name: 'TypeError', message: expect.stringContaining('iterable of runs') }
      await expect(updateContiguousRunState(path, runs)).rejects.toMatchObject(thrown)
      await expect(updateAttemptedRunState(path, runs)).rejects.toMatchObject(thrown)
    }
    const text = ['5'] as unknown as number[]
    await expect(updateAttemptedRunState(path, text)).rejects.toThrow('got "5"')
    await expect(readState(path, null as never)).rejects.toThrow('options must be an object')
    await expect(readState(path, { observe: 3 } as never)).rejects.toThrow('observe must be')
    expect(filesIn(join(path, '..'))).toEqual([])
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
