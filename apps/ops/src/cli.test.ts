import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { Command } from './command.ts'
import { OpsError } from './errors.ts'
import { entryOf } from './fixtures/entries.fixture.ts'
import { play } from './fixtures/world.fixture.ts'

/** Answers, warns, tells a fact, and names what to do next. */
const talking: Command<{ word: string }> = {
  run({ warn, observe, progress }) {
    progress('looking')
    warn('it is late')
    observe({ kind: 'try.looked' })
    return Promise.resolve({ data: { word: 'well' }, next: ['holdfast try'] })
  },
  show: ({ word }, style) => [style.good(word)],
}
const failing = (reason: Error): Command => ({
  run: () => Promise.reject(reason),
  show: () => [],
})
/** Never answers, whatever it is told. */
const stuck: Command = { run: () => new Promise(() => {}), show: () => [] }

/** Works until it is told to stop, or to finish. */
function working(): { readonly command: Command; readonly finish: () => void } {
  let finish: (() => void) | undefined
  const command: Command = {
    run: ({ signal }) =>
      new Promise((resolve, reject) => {
        finish = () => resolve({ data: null, code: 10 })
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
    show: () => ['done'],
  }
  return { command, finish: () => finish?.() }
}

describe('a command line', () => {
  const tree = [
    {
      noun: 'things',
      summary: 'all things',
      commands: [entryOf(talking, { path: ['things', 'show'] })],
    },
  ]

  it('that names no command gets the help, as an error', async () => {
    for (const args of [[], ['things']]) {
      const played = play(args, { tree })
      expect([await played.ended, played.out()]).toEqual([2, ''])
      expect(played.err()).toContain('Commands:')
    }
  })

  it('that names none is one document with --json', async () => {
    const played = play(['things', '--json'], { tree })
    expect(await played.ended).toBe(2)
    expect(JSON.parse(played.err())).toMatchObject({
      schema: 'holdfast/1',
      error: { code: 'OPS_USAGE' },
    })
  })

  it('with a misspelt command or flag is told what was meant', async () => {
    for (const [args, meant] of [
      [['thigs'], 'things'],
      [['things', 'shwo'], 'show'],
      [['things', 'show', '--qiet'], '--quiet'],
      [['things', 'show', '--dryrun'], '--dry-run'],
    ] as const) {
      const played = play(args, { tree })
      expect(await played.ended).toBe(2)
      expect(played.err()).toContain(`Did you mean ${meant}?`)
    }
  })
})

describe('what is said', () => {
  const tree = [entryOf(talking)]

  it('is the answer on standard output, and all else on standard error', async () => {
    const played = play(['try'], { tree })
    expect([await played.ended, played.out()]).toEqual([0, 'well\n'])
    expect(played.err()).toBe('warning: it is late\nnext: holdfast try\n')
  })

  it('is the answer alone with --quiet', async () => {
    const played = play(['try', '--quiet'], { tree, columns: 80 })
    await played.ended
    expect([played.outText(), played.err()]).toEqual(['well\n', ''])
  })

  it('is one document with --json, warnings in it', async () => {
    const clock = new VirtualClock(1_700_000_000_000)
    const played = play(['try', '--json'], { tree, columns: 80, clock })
    await played.ended
    expect([JSON.parse(played.out()), played.err()]).toEqual([
      {
        schema: 'holdfast.try/1',
        ok: true,
        code: 0,
        atMs: 1_700_000_000_000,
        dryRun: false,
        plan: [],
        data: { word: 'well' },
        warnings: ['it is late'],
      },
      '',
    ])
  })

  it('includes facts with --verbose', async () => {
    const played = play(['try', '--verbose'], { tree })
    await played.ended
    expect(played.err()).toContain('try.looked\n')
  })

  it('includes progress on a terminal, which is gone at the end', async () => {
    const played = play(['try'], { tree, columns: 80 })
    await played.ended
    const [shown = '', after] = played.err().split('\r\u001B[2K')
    expect([shown.includes('looking'), after?.includes('looking')]).toEqual([true, false])
  })
})

describe('colours', () => {
  const tree = [entryOf(talking)]
  it.each([
    ['are on a terminal', [], {}, 80, true],
    ['are nowhere else', [], {}, undefined, false],
    ['are not with --no-color', ['--no-color'], {}, 80, false],
    ['are not with NO_COLOR', [], { NO_COLOR: '1' }, 80, false],
    ['are with an empty NO_COLOR', [], { NO_COLOR: '' }, 80, true],
    ['are not on a dumb terminal', [], { TERM: 'dumb' }, 80, false],
  ] as const)('%s', async (_name, flags, env, columns, isColoured) => {
    const played = play(['try', ...flags], { tree, env, ...(columns && { columns }) })
    await played.ended
    expect(played.out() !== played.outText()).toBe(isColoured)
  })
})

describe('a failure', () => {
  it('that was foreseen says what to do next, without a trace', async () => {
    const error = new OpsError('OPS_LOCKED', 'someone is at it', { next: ['holdfast locks list'] })
    const played = play(['try'], { tree: [entryOf(failing(error))] })
    expect(await played.ended).toBe(6)
    expect(played.err()).toBe('holdfast try: someone is at it\n  try: holdfast locks list\n')
  })

  it('that nobody foresaw exits with 1 and shows where it was', async () => {
    const played = play(['try'], { tree: [entryOf(failing(new TypeError('x is undefined')))] })
    expect(await played.ended).toBe(1)
    expect(played.err()).toMatch(/^holdfast try: x is undefined\n\s+at /)
  })
})

describe('a command whose reader goes away', () => {
  it.each([
    ['finishes what it writes, with its own exit code', true, 10],
    ['stops where it only reads, quietly', false, 0],
  ])('%s', async (_what, writes, code) => {
    const { command, finish } = working()
    const played = play(['try'], { tree: [entryOf(command, { writes, confirm: 'none' })] })
    await played.begun
    played.closeOutput()
    // The stream says so after this turn.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    finish()
    expect([await played.ended, played.err()]).toEqual([code, ''])
  })
})

describe('an error with --json', () => {
  it('has its moment, and UNEXPECTED for a code that is no text', async () => {
    const clock = new VirtualClock(1_700_000_000_000)
    const error = Object.assign(new Error('odd'), { code: 7 })
    const played = play(['try', '--json'], { tree: [entryOf(failing(error))], clock })
    expect([await played.ended, JSON.parse(played.err())]).toEqual([
      1,
      expect.objectContaining({
        atMs: 1_700_000_000_000,
        error: { code: 'UNEXPECTED', message: 'odd', next: [] },
      }),
    ])
  })
})

describe('a command that does not end', () => {
  it('is given up after --timeout, with 124', async () => {
    const clock = new VirtualClock()
    const played = play(['try', '--timeout', '5s'], { tree: [entryOf(stuck)], clock })
    await played.begun
    await clock.advance(7_000)
    expect(await played.ended).toBe(124)
    expect(played.err()).toContain('not done within 5 s')
  })

  it('is given up after Ctrl-C, with 130', async () => {
    const clock = new VirtualClock()
    const played = play(['try'], { tree: [entryOf(stuck)], clock })
    await played.begun
    played.interrupt(new OpsError('OPS_INTERRUPTED', 'interrupted'))
    await clock.advance(2_000)
    expect(await played.ended).toBe(130)
  })

  it('may fail in its own words when it is told to stop: it was interrupted all the same', async () => {
    const listening: Command = {
      run: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('the socket was closed')))
        }),
      show: () => [],
    }
    const played = play(['try'], { tree: [entryOf(listening)] })
    await played.begun
    played.interrupt(new OpsError('OPS_INTERRUPTED', 'interrupted'))
    expect([await played.ended, played.err()]).toEqual([130, 'holdfast try: interrupted\n'])
  })

  it('is told when it ended well all the same: what is done is done', async () => {
    const finishing: Command = {
      run: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ data: null }))
        }),
      show: () => ['done'],
    }
    const played = play(['try'], { tree: [entryOf(finishing)] })
    await played.begun
    played.interrupt(new OpsError('OPS_INTERRUPTED', 'interrupted'))
    expect([await played.ended, played.out()]).toEqual([0, 'done\n'])
  })
})
