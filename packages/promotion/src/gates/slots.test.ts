import { describe, expect, it } from 'vitest'
import { slotsOver, type SlotSample } from './slots.ts'

const WINDOW = { fromMs: 1_000, toMs: 2_000 }
const looks = (...samples: readonly (readonly [number, string])[]): SlotSample[] =>
  samples.map(([atMs, status]) => ({ slot: 'slot04', atMs, status }))
const isGreen = (samples: readonly SlotSample[], gapMs = 500): boolean =>
  slotsOver(samples, ['slot04'], WINDOW, gapMs)[0]?.isGreen ?? false

const reason = (...samples: readonly (readonly [number, string])[]): string | undefined =>
  slotsOver(looks(...samples), ['slot04'], WINDOW, 500)[0]?.reason

describe('a slot over a window', () => {
  it('is green when it was healthy at every look, and looked at often enough', () => {
    expect(isGreen(looks([900, 'healthy'], [1_400, 'healthy'], [1_900, 'healthy']))).toBe(true)
  })

  it('is red when it was once not healthy, in exactly these letters', () => {
    for (const status of ['degraded', 'Healthy', 'ok', '', 'unknown']) {
      expect(isGreen(looks([1_100, 'healthy'], [1_400, status], [1_800, 'healthy']))).toBe(false)
    }
  })

  it('is red when its last word before the window was', () => {
    expect(isGreen(looks([900, 'down'], [1_100, 'healthy'], [1_600, 'healthy']))).toBe(false)
    expect(
      isGreen(looks([800, 'down'], [900, 'healthy'], [1_400, 'healthy'], [1_900, 'healthy'])),
    ).toBe(true)
  })

  it('is red when nobody looked for longer than the gap: unknown is not green', () => {
    expect(isGreen([])).toBe(false)
    expect(isGreen(looks([1_600, 'healthy'], [1_900, 'healthy']))).toBe(false)
    expect(isGreen(looks([1_100, 'healthy'], [1_400, 'healthy']))).toBe(false)
    expect(isGreen(looks([100, 'healthy'], [1_200, 'healthy'], [1_700, 'healthy']))).toBe(false)
  })

  it('says from when to when nobody looked', () => {
    expect(reason([1_600, 'healthy'], [1_900, 'healthy'])).toBe(
      'was not looked at before 1970-01-01T00:00:01.600Z',
    )
    expect(reason([900, 'healthy'], [1_600, 'healthy'], [1_900, 'healthy'])).toBe(
      'was not looked at after 1970-01-01T00:00:00.900Z until 1970-01-01T00:00:01.600Z',
    )
    expect(reason([900, 'healthy'], [1_300, 'healthy'])).toBe(
      'was not looked at after 1970-01-01T00:00:01.300Z',
    )
  })

  it.each([
    [() => slotsOver(null as never, [], WINDOW, 1), 'samples must be a list, got null'],
    [() => slotsOver([], 'slot04' as never, WINDOW, 1), 'slots must be a list, got string'],
    [() => slotsOver([], [], null as never, 1), 'window must be { fromMs, toMs }, got null'],
    [() => slotsOver([], [], { fromMs: 2, toMs: 1 }, 1), 'toMs must not be before fromMs'],
    [() => slotsOver([], [], WINDOW, Number.NaN), 'gapMs must be finite and ≥ 0, got NaN'],
  ])('is not asked for by mistake: %s', (ask, message) => {
    expect(ask).toThrow(message)
  })

  it('knows nothing of other slots, and nothing of what came after', () => {
    const other = looks([1_200, 'healthy']).map((one) => ({ ...one, slot: 'slot09' }))
    expect(isGreen(other, 5_000)).toBe(false)
    expect(isGreen(looks([1_200, 'healthy'], [2_001, 'down']), 5_000)).toBe(true)
  })
})

/** What one of several processes found. */
const by = (writer: string, ...samples: readonly (readonly [number, string])[]): SlotSample[] =>
  looks(...samples).map((sample) => ({ ...sample, writer }))
/** The same of a process that ended in good order. */
const lastOf = (samples: readonly SlotSample[]): SlotSample[] =>
  samples.map((sample, i) => ({ ...sample, isLast: i === samples.length - 1 }))

describe('a slot that several processes look at', () => {
  const one = by('one', [900, 'healthy'], [1_300, 'healthy'], [1_700, 'healthy'])

  it('is red when one of them says so, whatever the others say', () => {
    expect(isGreen(one)).toBe(true)
    expect(isGreen([...one, ...by('two', [1_301, 'degraded'], [1_302, 'healthy'])])).toBe(false)
  })

  it('is red when the last word of any of them before the window was', () => {
    expect(isGreen([...one, ...by('two', [800, 'down'], [1_100, 'healthy'])])).toBe(false)
    expect(isGreen([...one, ...by('two', [700, 'down'], [800, 'healthy'])])).toBe(true)
  })

  it('is not red for the last word of one that ended in good order, or has been silent for too long', () => {
    expect(isGreen([...one, ...lastOf(by('two', [800, 'down']))])).toBe(true)
    expect(isGreen([...one, ...by('two', [499, 'down'])])).toBe(true)
    expect(isGreen([...one, ...by('two', [500, 'down'])])).toBe(false)
  })

  it('is red for a last word in the window', () => {
    expect(isGreen([...one, ...lastOf(by('two', [1_200, 'down']))])).toBe(false)
  })

  it('is looked at as long as any of them looks', () => {
    const two = by('two', [1_600, 'healthy'], [1_900, 'healthy'])
    const first = lastOf(by('one', [900, 'healthy'], [1_200, 'healthy']))
    expect(isGreen([...first, ...two])).toBe(true)
    expect(isGreen([...first, ...two], 399)).toBe(false)
    expect(isGreen(first)).toBe(false)
  })
})
