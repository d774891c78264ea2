import fc from 'fast-check'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { createHealth, type HealthFact, type Status } from './index.ts'

/** What the check does in one look: answers, throws, hangs and obeys its signal, or hangs for so long. */
const act = fc.oneof(
  fc.constantFrom<Status>('ok', 'degraded', 'critical', 'unknown'),
  fc.constant('throws' as const),
  fc.constant('obeys' as const),
  fc.integer({ min: 1, max: 3_000 }),
)
/** What happens meanwhile. */
const step = fc.oneof(
  fc.record({ advanceMs: fc.integer({ min: 0, max: 1_500 }) }),
  fc.record({ maxAgeMs: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }) }),
  fc.constantFrom('start' as const, 'stop' as const),
)
const patience = fc.integer({ min: 1, max: 4 })

describe('a health, whatever its check does and whoever asks', () => {
  it('runs one look at a time, answers every probe in time, and holds no ok that was not seen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { maxLength: 30 }),
        fc.array(step, { maxLength: 30 }),
        patience,
        patience,
        async (acts, steps, failAfter, okAfter) => {
          const clock = new VirtualClock()
          const facts = recordedFacts<HealthFact>()
          const health = createHealth({ clock, observe: facts.observe, historyEntries: 5 })
          const todo = [...acts]
          let looks = 0
          let most = 0
          const hang = async (ms: number): Promise<Status> => {
            await clock.sleep(ms)
            return 'ok'
          }
          const answer = async (signal: AbortSignal): Promise<Status> => {
            const next = todo.shift() ?? 'ok'
            if (next === 'throws') throw new Error('failed')
            if (next === 'obeys') await clock.sleep(10_000, signal)
            return typeof next === 'number' ? await hang(next) : (next as Status)
          }
          health.add(
            'x',
            async ({ signal }) => {
              looks += 1
              most = Math.max(most, looks)
              try {
                return await answer(signal)
              } finally {
                looks -= 1
              }
            },
            { timeoutMs: 200, everyMs: 500, failAfter, okAfter },
          )
          const asked: Promise<number>[] = []
          for (const step of steps) {
            if (step === 'start') health.start()
            else if (step === 'stop') void health.stop()
            else if ('advanceMs' in step) await clock.advance(step.advanceMs)
            else {
              const askedMs = clock.monotonicMs()
              const { maxAgeMs } = step
              const options = maxAgeMs === undefined ? {} : { maxAgeMs }
              asked.push(health.report('ready', options).then(() => clock.monotonicMs() - askedMs))
            }
            const history = health.history('x')
            expect(history.length).toBeLessThanOrEqual(5)
            const held = health.status().checks['x']?.status
            expect(held !== 'ok' || history.some(({ seen }) => seen === 'ok')).toBe(true)
          }
          void health.stop()
          await clock.advance(20_000)
          expect(most).toBeLessThanOrEqual(1)
          expect(looks).toBe(0)
          expect(clock.waiting).toBe(0)
          for (const waitedMs of await Promise.all(asked)) expect(waitedMs).toBeLessThanOrEqual(200)
          const changes = facts.ofKind('health.changed')
          expect(changes.every(({ from, to }) => from !== to)).toBe(true)
          expect(changes.slice(1).map(({ from }) => from)).toEqual(
            changes.slice(0, -1).map(({ to }) => to),
          )
        },
      ),
      { numRuns: 300 },
    )
  })
})
