import { describe, expect, it } from 'vitest'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import {
  createHealth,
  createLifecycle,
  type LifecycleFact,
  type LifecycleOptions,
} from './index.ts'

function machine(options: Omit<LifecycleOptions, 'clock' | 'observe'> = {}) {
  const clock = new VirtualClock()
  const facts = recordedFacts<LifecycleFact>()
  const lifecycle = createLifecycle({ ...options, clock, observe: facts.observe })
  return { clock, facts, lifecycle }
}

const never = (): Promise<void> => new Promise(() => {})

describe('a stop', () => {
  it('makes readiness red before anything else', () => {
    const clock = new VirtualClock()
    const health = createHealth({ clock })
    health.add('fine', () => 'ok')
    const lifecycle = createLifecycle({ clock, health, drainMs: 5_000 })
    void lifecycle.stop('SIGTERM')
    expect(health.status('ready')).toMatchObject({
      status: 'critical',
      checks: { lifecycle: { message: 'stopping: SIGTERM' } },
    })
  })

  it('runs a phase after those it comes after, and the others side by side', async () => {
    const { clock, lifecycle } = machine()
    const order: string[] = []
    const takes = (name: string, ms: number) => async (): Promise<void> => {
      order.push(`${name} begins`)
      await clock.sleep(ms)
      order.push(`${name} ends`)
    }
    lifecycle.onStop('lock', takes('lock', 10), { after: ['store', 'ledger'] })
    lifecycle.onStop('store', takes('store', 30), { after: ['server'] })
    lifecycle.onStop('ledger', takes('ledger', 20), { after: ['server'] })
    lifecycle.onStop('server', takes('server', 10))
    const stopped = lifecycle.stop('test')
    await clock.advance(50)
    expect(order).toEqual([
      'server begins',
      'server ends',
      'store begins',
      'ledger begins',
      'ledger ends',
      'store ends',
      'lock begins',
      'lock ends',
    ])
    expect(await stopped).toMatchObject({ isClean: true, tookMs: 50, reason: 'test' })
  })

  it('names the phase that hung, and goes on after its time', async () => {
    const { clock, facts, lifecycle } = machine({ deadlineMs: 1_000 })
    let saved = false
    lifecycle.onStop('server', never, { timeoutMs: 300 })
    lifecycle.onStop('store', () => void (saved = true), { after: ['server'] })
    const stopped = lifecycle.stop('test')
    await clock.advance(300)
    expect(saved).toBe(true)
    expect(await stopped).toMatchObject({
      isClean: false,
      tookMs: 300,
      phases: [
        { name: 'server', outcome: 'hung', tookMs: 300 },
        { name: 'store', outcome: 'done' },
      ],
    })
    expect(facts.ofKind('lifecycle.phase-hung')).toMatchObject([{ phase: 'server' }])
  })
})
