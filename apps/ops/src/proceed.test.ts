import { describe, expect, it } from 'vitest'
import type { Command, Plan } from './command.ts'
import type { Envelope } from './envelope.ts'
import { entryOf } from './fixtures/entries.fixture.ts'
import { play, type Scene } from './fixtures/world.fixture.ts'

/** A command that asks, and tells the test whether it went ahead. */
function asking(ask: Plan['ask']): {
  scene: (more?: Partial<Scene>) => Scene
  isDone: () => boolean
} {
  let isDone = false
  const command: Command<{ isDone: boolean }> = {
    async run({ proceed }) {
      isDone = await proceed({ steps: ['throw the switch'], ask })
      return { data: { isDone } }
    },
    show: (data) => [data.isDone ? 'Thrown.' : 'Not thrown.'],
  }
  return { scene: (more) => ({ tree: [entryOf(command)], ...more }), isDone: () => isDone }
}

const byName = { name: 'rollout', what: 'reset the state' }

describe('at a terminal', () => {
  it.each(['y\r', 'Yes\r'])('the plan is shown, and %j carries it out', async (keys) => {
    const { scene, isDone } = asking('yes')
    const played = play(['try'], scene({ columns: 80 }))
    await played.asked('Go ahead?')
    expect(played.errText()).toContain('This will:\n  - throw the switch')
    played.type(keys)
    expect(await played.ended).toBe(0)
    expect([isDone(), played.outText()]).toEqual([true, 'Thrown.\n'])
  })

  it('the plan of what is asked is shown with --quiet, too', async () => {
    const { scene } = asking('yes')
    const played = play(['try', '--quiet'], scene({ columns: 80 }))
    await played.asked('Go ahead?')
    expect(played.errText()).toMatch(/^This will:\n  - throw the switch\n[^]*Go ahead\?/)
    played.type('y\r')
    expect(await played.ended).toBe(0)
    const unasked = play(['try', '--quiet', '--yes'], scene({ columns: 80 }))
    expect([await unasked.ended, unasked.err()]).toEqual([0, ''])
  })

  it.each(['n\r', '\r', 'maybe\r', 'why\r'])(
    '%j declines: only y and yes are a yes',
    async (keys) => {
      const { scene, isDone } = asking('yes')
      const played = play(['try'], scene({ columns: 80 }))
      await played.asked('Go ahead?')
      played.type(keys)
      expect(await played.ended).toBe(130)
      expect([isDone(), played.out()]).toEqual([false, ''])
      expect(played.errText()).toMatch(/not agreed to.*; nothing was changed/)
      const help = play(['--help'], scene())
      expect([await help.ended, help.out()]).toEqual([
        0,
        expect.stringContaining('130 stopped at a question or by Ctrl-C'),
      ])
    },
  )

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s at the question interrupts', async (_name, key) => {
    const { scene, isDone } = asking('yes')
    const played = play(['try'], scene({ columns: 80 }))
    await played.asked('Go ahead?')
    played.type(key)
    expect([await played.ended, isDone()]).toEqual([130, false])
  })

  it('a terminal that goes away at the question is told, and is no yes', async () => {
    const { scene, isDone } = asking('yes')
    const played = play(['try'], scene({ columns: 80 }))
    await played.asked('Go ahead?')
    played.hangUp()
    expect([await played.ended, isDone()]).toEqual([9, false])
  })

  it('a name has to be typed as it is', async () => {
    const { scene, isDone } = asking(byName)
    const played = play(['try'], scene({ columns: 80 }))
    await played.asked('Type rollout to reset the state')
    played.type('rollout\r')
    expect([await played.ended, isDone()]).toEqual([0, true])
  })

  it('another name declines, and --yes does not stand for a name', async () => {
    const { scene, isDone } = asking(byName)
    const played = play(['try', '--yes'], scene({ columns: 80 }))
    await played.asked('Type rollout')
    played.type('rollut\r')
    expect([await played.ended, isDone()]).toEqual([130, false])
    expect(played.errText()).toContain('"rollut" is not "rollout"')
  })
})

describe('without a terminal', () => {
  it.each([
    ['yes' as const, '--yes'],
    [byName, '--confirm rollout'],
  ])('nothing is asked: %j names the flag that answers', async (ask, flag) => {
    const { scene, isDone } = asking(ask)
    const played = play(['try'], scene())
    expect([await played.ended, isDone(), played.out()]).toEqual([9, false, ''])
    expect(played.err()).toContain(`the same with ${flag}`)
  })

  it('nor is with --json, even where somebody sits', async () => {
    const { scene, isDone } = asking('yes')
    const played = play(['try', '--json'], scene({ columns: 80 }))
    expect([await played.ended, isDone()]).toEqual([9, false])
    expect(JSON.parse(played.err())).toMatchObject({
      ok: false,
      error: { code: 'OPS_UNCONFIRMED' },
    })
  })

  it.each([
    ['yes' as const, ['--yes']],
    [byName, ['--confirm', 'rollout']],
    ['nothing' as const, []],
  ])('%j is answered by %j', async (ask, flags) => {
    const { scene, isDone } = asking(ask)
    const played = play(['try', ...flags, '--json'], scene())
    expect([await played.ended, isDone(), played.err()]).toEqual([0, true, ''])
    const { dryRun, plan } = JSON.parse(played.out()) as Envelope
    expect([dryRun, plan]).toEqual([false, ['throw the switch']])
  })

  it('a name that is not the one is refused', async () => {
    const { scene, isDone } = asking(byName)
    const played = play(['try', '--confirm', 'other', '--yes'], scene())
    expect([await played.ended, isDone()]).toEqual([130, false])
    expect(played.err()).toContain('it must be rollout')
  })
})

describe('a dry run', () => {
  it('asks nothing, changes nothing, and prints the plan as its answer', async () => {
    const { scene, isDone } = asking(byName)
    const played = play(['try', '--dry-run'], scene())
    expect([await played.ended, isDone(), played.err()]).toEqual([0, false, ''])
    expect(played.out()).toBe(
      'Dry run, nothing is changed. It would:\n  - throw the switch\nNot thrown.\n',
    )
  })
})
