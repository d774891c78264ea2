import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import type { Check, CheckResult } from '../check.ts'
import { httpEndpoint, llmResponds, sqliteWritable } from '../index.ts'

const { signal } = new AbortController()
const look = (check: Check): Promise<CheckResult> => Promise.resolve(check({ signal }))

/** A look that may sleep on a clock that stands still. */
async function lookOn(clock: VirtualClock, check: Check): Promise<CheckResult> {
  const result = look(check)
  void result.catch(() => {})
  await clock.advance(60_000)
  return await result
}

describe('a language model', () => {
  const clock = new VirtualClock()
  const answering = (answer: string, ms = 0): Check =>
    llmResponds({
      clock,
      slowMs: 1_000,
      ask: async (_prompt, signal) => {
        await clock.sleep(ms, signal)
        return answer
      },
    })

  it('that gives the word in time is ok', async () => {
    expect(await lookOn(clock, answering(' "Pong!"\n', 1_000))).toMatchObject({
      status: 'ok',
      message: 'answered in 1000 ms',
    })
  })

  it('that is slow is degraded', async () => {
    expect(await lookOn(clock, answering('pong', 1_001))).toMatchObject({
      status: 'degraded',
      message: 'answered late, in 1001 ms',
    })
  })

  it('that answers something else is degraded', async () => {
    expect(await lookOn(clock, answering('I am a teapot.'))).toMatchObject({
      status: 'degraded',
      message: 'answered wrongly in 0 ms: "I am a teapot."',
    })
  })

  it('that answers nothing is critical, and one that fails has failed', async () => {
    expect(await lookOn(clock, answering(' \n'))).toMatchObject({ status: 'critical' })
    const failing = llmResponds({ ask: () => Promise.reject(new Error('401')) })
    await expect(look(failing)).rejects.toThrow('401')
  })

  it('may be asked something else', async () => {
    const prompts: string[] = []
    const ask = (prompt: string): Promise<string> => {
      prompts.push(prompt)
      return Promise.resolve('4')
    }
    const options = { ask, clock, prompt: '2 + 2 =' }
    expect(await look(llmResponds(options))).toMatchObject({ status: 'ok' })
    const picky = llmResponds({ ...options, isRight: (answer) => answer === '5' })
    expect(await look(picky)).toMatchObject({ status: 'degraded' })
    expect(prompts).toEqual(['2 + 2 =', '2 + 2 ='])
  })

  it.each<[object, string]>([
    [{}, 'ask must be a function, got undefined'],
    [{ ask: String, timeoutMs: 5 }, 'llmResponds: timeoutMs is no option'],
    [{ ask: String, prompt: '' }, 'prompt must be text'],
    [{ ask: String, slowMs: -1 }, 'slowMs must be'],
  ])('%j: %s', (options, message) => {
    expect(() => llmResponds(options as never)).toThrow(message)
  })
})

describe('a database', () => {
  it('that gives back what was written is ok, and each look writes another mark', async () => {
    const marks: string[] = []
    const check = sqliteWritable({
      write: (mark) => marks.push(mark),
      read: () => marks.at(-1),
    })
    expect(await look(check)).toMatchObject({ status: 'ok' })
    expect(await look(check)).toMatchObject({ status: 'ok' })
    expect(new Set(marks).size).toBe(2)
  })

  it('that can be read but not written has failed', async () => {
    const check = sqliteWritable({
      write: () => {
        throw new Error('SQLITE_FULL')
      },
      read: () => 'old',
    })
    await expect(look(check)).rejects.toThrow('SQLITE_FULL')
  })

  it('that gives back something else is critical', async () => {
    const check = sqliteWritable({ write: () => {}, read: () => Promise.resolve('old') })
    expect(await look(check)).toMatchObject({
      status: 'critical',
      message: expect.stringMatching(/^wrote "[0-9a-f]{16}", read back "old"$/),
    })
    const empty = sqliteWritable({ write: () => {}, read: () => {} })
    expect(await look(empty)).toMatchObject({ status: 'critical' })
  })

  it('that is slow is degraded', async () => {
    const clock = new VirtualClock()
    let kept = ''
    const check = sqliteWritable({
      clock,
      slowMs: 100,
      write: async (mark) => {
        await clock.sleep(101)
        kept = mark
      },
      read: () => kept,
    })
    expect(await lookOn(clock, check)).toMatchObject({
      status: 'degraded',
      details: { tookMs: 101 },
    })
  })

  it.each<[object, string]>([
    [{ read: String }, 'write must be a function'],
    [{ write: String }, 'read must be a function'],
    [{ write: String, read: String, slow: 5 }, 'sqliteWritable: slow is no option'],
  ])('%j: %s', (options, message) => {
    expect(() => sqliteWritable(options as never)).toThrow(message)
  })
})

describe('an address', () => {
  const clock = new VirtualClock()
  const answering = (status: number, ms = 0) =>
    httpEndpoint({
      url: 'http://user:secret@api.example:8080/v1/health?key=secret',
      clock,
      slowMs: 1_000,
      fetch: async () => {
        await clock.sleep(ms)
        return new Response(status === 204 ? null : 'text', { status })
      },
    })

  it.each([
    [200, 'ok'],
    [204, 'ok'],
    [301, 'critical'],
    [401, 'critical'],
    [503, 'critical'],
  ])('that answers %d is %s', async (status, expected) => {
    expect(await lookOn(clock, answering(status))).toMatchObject({ status: expected })
  })

  it('that is slow is degraded', async () => {
    expect(await lookOn(clock, answering(200, 1_001))).toMatchObject({ status: 'degraded' })
  })

  it('shows no secret of its URL', async () => {
    expect(JSON.stringify(await lookOn(clock, answering(500)))).not.toContain('secret')
  })

  it('may be well with another status', async () => {
    const check = httpEndpoint({
      url: 'http://api.example',
      isGood: (status) => status === 401,
      fetch: () => Promise.resolve(new Response(null, { status: 401 })),
    })
    expect(await look(check)).toMatchObject({ status: 'ok' })
  })

  it.each<[object, string]>([
    [{ url: 'file:///etc/passwd' }, 'url must be an address of http or https'],
    [{ url: 'api.example' }, 'url must be an address of http or https, got "api.example"'],
    [{ url: 'http://x', status: 5 }, 'httpEndpoint: status is no option'],
  ])('%j: %s', (options, message) => {
    expect(() => httpEndpoint(options as never)).toThrow(message)
  })
})
