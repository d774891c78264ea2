import { describe, expect, it } from 'vitest'
import { createBreaker } from './index.ts'

const make = (wrong: object): unknown => createBreaker({ name: 'stock', openMs: 1_000, ...wrong })

describe('createBreaker', () => {
  it('needs a name and an open time only', () => {
    expect(createBreaker({ name: 'stock', openMs: 0 }).state).toBe('closed')
  })

  it('takes an option that is undefined as one that is not there', () => {
    const names = ['window', 'minimumCalls', 'slowMs', 'judge', 'weights', 'probes', 'timeoutMs']
    const all = Object.fromEntries([...names, 'mode', 'snapshot'].map((name) => [name, undefined]))
    expect(() => make(all)).not.toThrow()
  })

  it.each([
    [{ name: '' }, TypeError, 'name must be a text that is not empty, got ""'],
    [{ openMs: undefined }, RangeError, 'openMs must be finite and ≥ 0, got undefined'],
    [{ openMs: -1 }, RangeError, 'openMs must be finite and ≥ 0, got -1'],
    [{ openMs: '5' }, RangeError, 'openMs must be finite and ≥ 0, got "5"'],
    [{ openMS: 5 }, TypeError, 'options may have name, window, minimumCalls'],
    [{ openMS: 5 }, TypeError, 'got "openMS"'],
    [{ window: 'count' }, TypeError, 'window must be an object, got "count"'],
    [{ window: { kind: 'rate' } }, TypeError, 'window.kind must be one of "count", "time"'],
    [{ window: { kind: 'count' } }, RangeError, 'window.size must be an integer from 1'],
    [{ window: { kind: 'count', size: 0 } }, RangeError, 'got 0'],
    [{ window: { kind: 'count', size: 1, seconds: 1 } }, TypeError, 'window may have kind, size'],
    [{ window: { kind: 'time', seconds: 1.5 } }, RangeError, 'window.seconds must be an integer'],
    [{ window: { kind: 'consecutive', size: 1 } }, TypeError, 'window may have kind, got "size"'],
    [{ minimumCalls: 0 }, RangeError, 'minimumCalls must be an integer from 1 to 1000000, got 0'],
    [{ failureRatio: 0 }, RangeError, 'failureRatio must be over 0 and at most 1, got 0'],
    [{ failureRatio: 50 }, RangeError, 'failureRatio must be over 0 and at most 1, got 50'],
    [{ slowRatio: Number.NaN }, RangeError, 'slowRatio must be over 0 and at most 1, got NaN'],
    [{ slowMs: -1 }, RangeError, 'slowMs must be finite and ≥ 0, got -1'],
    [{ openJitter: 1.1 }, RangeError, 'openJitter must be from 0 to 1, got 1.1'],
    [{ timeoutMs: 0 }, RangeError, 'timeoutMs must be finite and > 0, got 0'],
    [{ mode: 'on' }, TypeError, 'mode must be one of "active", "disabled", "observing"'],
    [{ judge: 'failure' }, TypeError, 'judge must be a function, got "failure"'],
    [{ observe: {} }, TypeError, 'observe must be a function, got an object'],
    [{ errorStack: 1 }, TypeError, 'errorStack must be one of true, false, got 1'],
    [{ weights: { timeouts: 1 } }, TypeError, 'weights may have timeout, error'],
    [{ weights: { error: -1 } }, RangeError, 'weights.error must be from 0 to 10, got -1'],
    [{ probes: { call: 3 } }, TypeError, 'probes may have calls, failureRatio, maxMs, excess'],
    [{ probes: { calls: 0 } }, RangeError, 'probes.calls must be an integer from 1'],
    [{ probes: { failureRatio: 2 } }, RangeError, 'probes.failureRatio must be over 0'],
    [{ probes: { maxMs: Infinity } }, RangeError, 'probes.maxMs must be finite and > 0'],
    [{ probes: { excess: 'wait' } }, TypeError, 'probes.excess must be one of "reject"'],
    [{ probes: { excess: null } }, TypeError, 'probes.excess must be an object, got null'],
    [{ probes: { excess: { queue: 0 } } }, RangeError, 'probes.excess.queue must be an integer'],
  ])('refuses %j by name', (wrong, kind, message) => {
    expect(() => make(wrong)).toThrow(kind)
    expect(() => make(wrong)).toThrow(message)
  })

  it('refuses what is no object', () => {
    expect(() => createBreaker(null as never)).toThrow('options must be an object, got null')
  })

  it('leaves the options as they were', () => {
    const options = Object.freeze({
      name: 'stock',
      openMs: 1,
      window: Object.freeze({ kind: 'time', seconds: 1 } as const),
    })
    expect(() => createBreaker(options)).not.toThrow()
  })
})
