import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { Command } from './command.ts'
import type { Envelope } from './envelope.ts'
import { OpsError } from './errors.ts'
import { entryOf } from './fixtures/entries.fixture.ts'
import { play, type Scene } from './fixtures/world.fixture.ts'

/** Counts how often it was asked, in steps of two; `finalAt` is the last. */
function counting(finalAt = Infinity): Command<{ step: number }> {
  let calls = 0
  return {
    run() {
      calls += 1
      const step = Math.ceil(calls / 2)
      return Promise.resolve({ data: { step }, code: 10, isFinal: calls === finalAt })
    },
    show: ({ step }) => [`step ${step}`, ...Array.from({ length: 30 }, () => 'more')],
  }
}

/** The same, with a warning each time. */
const warning = (command: Command<{ step: number }>): Command<{ step: number }> => ({
  ...command,
  async run(context, given) {
    const outcome = await command.run(context, given)
    context.warn(`step ${outcome.data.step} is slow`)
    return outcome
  },
})

function scene(command: Command<{ step: number }>, more: Partial<Scene> = {}) {
  const clock = new VirtualClock()
  const tree = [entryOf(command, { writes: false, confirm: 'none', watch: { everyMs: 2_000 } })]
  return { clock, scene: { tree, clock, ...more } }
}
const interrupted = new OpsError('OPS_INTERRUPTED', 'interrupted')

describe('--watch', () => {
  it.each([
    [['--watch', 'R1'], 'R1', 2_000],
    [['R1', '--watch'], 'R1', 2_000],
    [['--watch', '5s', 'R1'], 'R1', 5_000],
    [['--watch=5s', 'R1'], 'R1', 5_000],
    [['--watch=', 'R1'], 'R1', 2_000],
  ])('%j takes a number for how often, and nothing else', async (words, route, everyMs) => {
    const seen: unknown[] = []
    const command: Command = {
      run: (_context, given) => {
        seen.push((given as { route: string }).route)
        return Promise.resolve({ data: null, isFinal: seen.length === 2 })
      },
      show: () => [],
    }
    const clock = new VirtualClock()
    const watch = { everyMs: 2_000 }
    const tree = [
      entryOf(command, { writes: false, watch, arguments: [{ name: 'route', summary: 'one' }] }),
    ]
    const played = play(['try', ...words], { tree, clock })
    await played.begun
    await clock.advance(everyMs - 1)
    expect(seen).toEqual([route])
    await clock.advance(1)
    expect([await played.ended, seen]).toEqual([0, [route, route]])
  })

  it('asks again every so often, and Ctrl-C ends it with 130', async () => {
    const { clock, scene: at } = scene(counting())
    const played = play(['try', '--watch', '--json'], at)
    await played.begun
    await clock.advance(5_000)
    played.interrupt(interrupted)
    await clock.advance(2_000)
    expect(await played.ended).toBe(130)
    const steps = played.out().trim().split('\n')
    expect(steps.map((line) => (JSON.parse(line) as { data: unknown }).data)).toEqual([
      { step: 1 },
      { step: 1 },
      { step: 2 },
    ])
  })

  it('ends by itself on a final state, with the exit code of that', async () => {
    const { clock, scene: at } = scene(counting(3))
    const played = play(['try', '--watch', '1s', '--json'], at)
    await played.begun
    await clock.advance(2_000)
    expect([await played.ended, played.out().trim().split('\n').length]).toEqual([10, 3])
  })

  it('redraws in place on a terminal, no more than fits, and gives the cursor back', async () => {
    const { clock, scene: at } = scene(counting(3), { columns: 80, rows: 10 })
    const played = play(['try', '--watch'], at)
    await played.begun
    await clock.advance(4_000)
    await played.ended
    expect(played.out().startsWith('\u001B[?25l\u001B[2J\u001B[H')).toBe(true)
    expect(played.out().endsWith('\u001B[?25h')).toBe(true)
    expect(played.out().split('\u001B[H').at(-1)?.split('\n')).toHaveLength(10)
  })

  it('prints only what has changed where there is no terminal', async () => {
    const { clock, scene: at } = scene(counting(4))
    const played = play(['try', '--watch'], at)
    await played.begun
    await clock.advance(6_000)
    await played.ended
    expect(played.out().match(/^step \d/gm)).toEqual(['step 1', 'step 2'])
  })

  describe('tells the warnings of each round with that round', () => {
    it('in its document with --json', async () => {
      const { clock, scene: at } = scene(warning(counting(3)))
      const played = play(['try', '--watch', '--json'], at)
      await played.begun
      await clock.advance(4_000)
      await played.ended
      const rounds = played.out().trim().split('\n')
      expect(rounds.map((line) => (JSON.parse(line) as Envelope).warnings)).toEqual([
        ['step 1 is slow'],
        ['step 1 is slow'],
        ['step 2 is slow'],
      ])
    })

    it('in the picture on a terminal, whatever must make room for them', async () => {
      const { clock, scene: at } = scene(warning(counting(3)), { columns: 80, rows: 10 })
      const played = play(['try', '--watch'], at)
      await played.begun
      await clock.advance(4_000)
      await played.ended
      const picture = played.outText().trimEnd().split('\n').slice(-9)
      expect([picture.at(-1), picture.filter((line) => line.includes('slow')).length]).toEqual([
        'warning: step 2 is slow',
        1,
      ])
      expect(played.err()).toBe('')
    })

    it('on standard error elsewhere, when something has changed', async () => {
      const { clock, scene: at } = scene(warning(counting(4)))
      const played = play(['try', '--watch'], at)
      await played.begun
      await clock.advance(6_000)
      await played.ended
      expect(played.err()).toBe('warning: step 1 is slow\nwarning: step 2 is slow\n')
    })
  })

  it('ends quietly when nobody reads it any more', async () => {
    const { clock, scene: at } = scene(counting())
    const played = play(['try', '--watch', '--json'], at)
    await played.begun
    await clock.advance(1_000)
    played.closeOutput()
    await clock.advance(2_000)
    expect([await played.ended, played.err()]).toEqual([0, ''])
  })
})
