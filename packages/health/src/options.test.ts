import { describe, expect, it } from 'vitest'
import { createHealth, createLifecycle } from './index.ts'

const fine = (): void => {}
const add = (options: object, name = 'x'): Disposable => createHealth().add(name, fine, options)

describe('options of a check', () => {
  it('are refused when misspelt, with how they are written', () => {
    expect(() => add({ everyMS: 5 })).toThrow(
      'check x: everyMS is no option; it is written everyMs',
    )
    expect(() => add({ interval: 5 })).toThrow(
      /interval is no option; there are timeoutMs, everyMs/,
    )
    expect(() => add({ everyMs: 5, onfail: 'degraded' })).toThrow(TypeError)
  })

  it.each<[object, string]>([
    [{ timeoutMs: 0 }, 'timeoutMs must be > 0, got 0'],
    [{ timeoutMs: -1 }, 'timeoutMs must be finite and ≥ 0, got -1'],
    [{ timeoutMs: Infinity }, 'timeoutMs must be finite and ≥ 0, got Infinity'],
    [{ timeoutMs: '5' }, 'timeoutMs must be finite and ≥ 0, got "5"'],
    [{ everyMs: Number.NaN }, 'everyMs must be finite and ≥ 0, got NaN'],
    [{ maxAgeMs: -1 }, 'maxAgeMs must be finite and ≥ 0, got -1'],
    [{ failAfter: 0 }, 'failAfter must be an integer ≥ 1, got 0'],
    [{ failAfter: 1.5 }, 'failAfter must be an integer ≥ 1, got 1.5'],
    [{ okAfter: 1_001 }, 'okAfter must be an integer from 1 to 1000, got 1001'],
    [{ groups: 'ready' }, 'groups must be a list, got "ready"'],
    [{ groups: ['redy'] }, 'groups must be one of live, ready, startup, got "redy"'],
    [{ onFail: 'warning' }, 'onFail must be one of critical, degraded, unhealthy, got "warning"'],
  ])('%j: %s', (options, message) => {
    expect(() => add(options)).toThrow(message)
  })

  it('must be an object', () => {
    expect(() => createHealth().add('x', fine, null as never)).toThrow('options must be an object')
  })

  it('take "unhealthy" for critical', async () => {
    const health = createHealth()
    health.add('x', () => Promise.reject(new Error('no')), { onFail: 'unhealthy' })
    expect((await health.report()).checks['x']).toMatchObject({ onFail: 'critical' })
  })
})

describe('the name of a check', () => {
  it.each(['', ' x', 'x ', 'a\nb', 'x'.repeat(101)])('must not be %j', (name) => {
    expect(() => add({}, name)).toThrow('name must be 1 to 100 characters')
  })

  it('is free only once, and that of the stop never', () => {
    const health = createHealth()
    health.add('x', fine)
    expect(() => health.add('x', fine)).toThrow('there is a check named x')
    expect(() => health.add('lifecycle', fine)).toThrow('there is a check named lifecycle')
  })

  it('may be one that objects have by themselves', async () => {
    const health = createHealth()
    health.add('__proto__', fine)
    expect(Object.keys((await health.report()).checks)).toEqual(['__proto__'])
  })
})

describe('options of a health', () => {
  it('are refused when unknown or wrong', () => {
    expect(() => createHealth({ history: 5 } as object)).toThrow(
      'createHealth: history is no option',
    )
    expect(() => createHealth({ historyEntries: -1 })).toThrow(
      'historyEntries must be an integer ≥ 0',
    )
    expect(() => createHealth({ observe: 'log' as never })).toThrow('observe must be a function')
    expect(() => createHealth().add('x', 'ok' as never)).toThrow(
      'check x must be a function, got "ok"',
    )
  })

  it('of a report too', async () => {
    const health = createHealth()
    await expect(health.report('ready', { maxAge: 5 } as object)).rejects.toThrow('no option')
    await expect(health.report('ready', { maxAgeMs: -5 })).rejects.toThrow('maxAgeMs must be')
    await expect(health.report('redy' as never)).rejects.toThrow('group must be one of')
    expect(() => health.status('redy' as never)).toThrow('got "redy"')
  })
})

describe('options of a lifecycle', () => {
  it.each<[object, string]>([
    [{ drain: 5 }, 'createLifecycle: drain is no option'],
    [{ drainMs: -5 }, 'drainMs must be finite and ≥ 0, got -5'],
    [{ deadlineMs: Infinity }, 'deadlineMs must be finite and ≥ 0, got Infinity'],
    [{ drainMs: 500, deadlineMs: 500 }, 'deadlineMs must be > drainMs, got 500 and 500'],
  ])('%j: %s', (options, message) => {
    expect(() => createLifecycle(options)).toThrow(message)
  })

  it.each<[object, string]>([
    [{ before: ['x'] }, 'phase p: before is no option; there are after, timeoutMs'],
    [{ after: 'x' }, 'after must be a list, got "x"'],
    [{ after: [''] }, 'after must be text that is not empty'],
    [{ timeoutMs: 0 }, 'timeoutMs must be > 0, got 0'],
  ])('of a phase, %j: %s', (options, message) => {
    expect(() => createLifecycle().onStop('p', fine, options)).toThrow(message)
  })

  it('a phase is a function with a name that is free', () => {
    const lifecycle = createLifecycle()
    lifecycle.onStop('p', fine)
    expect(() => lifecycle.onStop('p', fine)).toThrow('there is a phase named p')
    expect(() => lifecycle.onStop('', fine)).toThrow('name must be text')
    expect(() => lifecycle.onStop('q', 5 as never)).toThrow('phase q must be a function, got 5')
  })
})
