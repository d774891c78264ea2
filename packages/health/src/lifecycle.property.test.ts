import fc from 'fast-check'
import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createLifecycle, type StopResult } from './index.ts'

const DEADLINE_MS = 1_000

interface Plan {
  /** 0 to 20 ms; null hangs; below 0 fails after as long. */
  readonly ms: number | null
  /** Which of the phases before it, in the order of the list, it comes after. */
  readonly after: readonly number[]
  readonly timeoutMs: number | null
}

const plan: fc.Arbitrary<Plan> = fc.record({
  ms: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }) }, fc.constant(null)),
  after: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
  timeoutMs: fc.option(fc.integer({ min: 1, max: 300 }), { nil: null }),
})
const plans = fc.array(plan, { minLength: 1, maxLength: 10 })
const name = (index: number): string => `p${index}`

/** Stops with phases as planned, added in a turned order, and tells when each began and ended. */
async function play(plans: readonly Plan[], turn: number) {
  const clock = new VirtualClock()
  const lifecycle = createLifecycle({ clock, deadlineMs: DEADLINE_MS })
  const began = new Map<string, number>()
  const indexes = plans.map((_, index) => (index + turn) % plans.length)
  for (const index of indexes) {
    const { ms, after, timeoutMs } = plans[index] as Plan
    const names = after.filter((other) => other < index).map(name)
    const work = async (): Promise<void> => {
      began.set(name(index), clock.monotonicMs())
      if (ms === null) await new Promise(() => {})
      await clock.sleep(Math.abs(ms ?? 0))
      if (ms !== null && ms < 0) throw new Error('failed')
    }
    const options = timeoutMs === null ? {} : { timeoutMs }
    lifecycle.onStop(name(index), work, { after: names, ...options })
  }
  let result: StopResult | undefined
  const stopped = lifecycle.stop('test').then((value) => (result = value))
  await clock.advance(DEADLINE_MS)
  expect(result).toBeDefined()
  return { result: await stopped, began, waiting: clock.waiting }
}

/** How a phase may end. */
function possible(ms: number | null, timeoutMs: number | null): string[] {
  if (ms === null) return ['hung', 'skipped']
  const ends = [ms < 0 ? 'failed' : 'done', 'skipped']
  return timeoutMs !== null && Math.abs(ms) >= timeoutMs ? [...ends, 'hung'] : ends
}

describe('a stop, whatever its phases do', () => {
  it('ends by the deadline and says of each phase how it ended', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(9), async (plans, turn) => {
        const { result } = await play(plans, turn)
        expect(result.tookMs).toBeLessThanOrEqual(DEADLINE_MS)
        expect(result.phases).toHaveLength(plans.length)
        for (const { name: phase, outcome } of result.phases) {
          const { ms, timeoutMs } = plans[Number(phase.slice(1))] as Plan
          expect(possible(ms, timeoutMs)).toContain(outcome)
        }
        const isClean = result.phases.every(({ outcome }) => outcome === 'done')
        expect(result.isClean).toBe(isClean)
      }),
      { numRuns: 300 },
    )
  })

  it('begins no phase before those it comes after are over', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(9), async (plans, turn) => {
        const { result, began } = await play(plans, turn)
        const byName = new Map(result.phases.map((phase) => [phase.name, phase]))
        for (const [index, { after }] of plans.entries()) {
          const beganMs = began.get(name(index))
          if (beganMs === undefined) continue
          for (const other of after.filter((other) => other < index).map(name)) {
            const overMs = (began.get(other) ?? Infinity) + (byName.get(other)?.tookMs ?? Infinity)
            expect(overMs).toBeLessThanOrEqual(beganMs)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
