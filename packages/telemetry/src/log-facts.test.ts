import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { logFacts, type LogFactsOptions, type LogLines } from './log-facts.ts'

type StoreFact =
  | { readonly kind: 'store.opened'; readonly path: string; readonly name?: string }
  | { readonly kind: 'store.failed'; readonly error: unknown }
  | { readonly kind: 'store.recovered'; readonly waited: number }
  | { readonly kind: 'store.read' }

const table: LogLines<StoreFact> = {
  'store.opened': { level: 'info', message: ({ path }) => `opened ${path}` },
  'store.failed': { level: 'error', message: 'the store cannot write', every: 3 },
  'store.recovered': {
    level: 'warn',
    message: ({ waited }) => (waited === 0 ? null : `${waited} had waited`),
    ends: ['store.failed'],
  },
}

/** Tells facts to a log, and answers the lines it wrote. */
function written(
  facts: readonly StoreFact[],
  options: Partial<LogFactsOptions> = {},
  lines = table,
): Record<string, unknown>[] {
  const written: Record<string, unknown>[] = []
  const write = (line: string): void => void written.push(JSON.parse(line) as never)
  const clock = new VirtualClock(1_000)
  const observe = logFacts<StoreFact>(lines, { destination: { write }, clock, ...options })
  for (const fact of facts) observe(fact)
  return written
}

const open = (path: string): StoreFact => ({ kind: 'store.opened', path })
const failed: StoreFact = { kind: 'store.failed', error: 'disk full' }
const recovered: StoreFact = { kind: 'store.recovered', waited: 2 }

describe('facts as lines', () => {
  it('have level, time, message and the fields of the fact', () => {
    expect(written([{ kind: 'store.opened', path: 'x' }], { name: 'app' })).toEqual([
      {
        level: 30,
        time: 1_000,
        pid: process.pid,
        hostname: expect.any(String),
        name: 'app',
        kind: 'store.opened',
        path: 'x',
        msg: 'opened x',
      },
    ])
  })

  it('are none for a kind that has no line, and for one that is worth none', () => {
    expect(written([{ kind: 'store.read' }, { kind: 'store.recovered', waited: 0 }])).toEqual([])
    expect(written([failed], {}, {})).toEqual([])
  })

  it('have an error under err, as fields', () => {
    const [line] = written([{ kind: 'store.failed', error: new TypeError('broken') }])
    expect(line).toMatchObject({
      err: { type: 'TypeError', message: 'broken', stack: expect.stringMatching(/^TypeError/) },
    })
    expect(line).not.toHaveProperty('error')
    expect(written([failed])[0]).toMatchObject({ err: 'disk full' })
  })

  it('keep apart what the fact calls as a line calls its own', () => {
    const [line] = written([{ kind: 'store.opened', path: 'x', name: 'disk' }], { name: 'app' })
    expect(line).toMatchObject({ name: 'app', factName: 'disk' })
  })

  it('say so of a fact that cannot be read, or is none', () => {
    const toJSONs = [
      () => {
        throw new Error('no')
      },
      () => 'opened',
      () => ['opened'],
      () => null,
    ]
    const odd = toJSONs.map((toJSON) => ({ kind: 'store.opened', path: 'x', toJSON }) as StoreFact)
    const lines = written(odd)
    expect(lines.map(({ fact }) => fact)).toEqual(['[unreadable]', 'opened', ['opened'], null])
    for (const line of lines) expect(line).toMatchObject({ msg: 'opened x' })
    for (const line of lines) expect(line).not.toHaveProperty('0')
  })

  it('hold no secret, in their fields or their message', () => {
    const [line] = written([{ kind: 'store.opened', path: 'redis://ana:hunter2@db' }], {
      redact: { patterns: [/opened/g], keys: ['kind'] },
    })
    expect(line).toMatchObject({
      kind: '[redacted]',
      path: 'redis://[redacted]@db',
      msg: '[redacted] redis://[redacted]@db',
    })
  })

  it('stand for many of a kind, and say for how many', () => {
    const lines = written(Array.from({ length: 8 }, () => failed))
    expect(lines.map(({ leftOut }) => leftOut)).toEqual([undefined, 2, 2])
  })

  it('begin anew after a fact that ends the trouble', () => {
    const lines = written([failed, failed, recovered, failed, failed])
    expect(lines.map(({ kind }) => kind)).toEqual([
      'store.failed',
      'store.recovered',
      'store.failed',
    ])
    expect(lines[2]).not.toHaveProperty('leftOut')
    const quiet = written([failed, { kind: 'store.recovered', waited: 0 }, failed])
    expect(quiet).toHaveLength(2)
  })

  it('stand for those that are alike, when the line says which are', () => {
    const lines: LogLines<StoreFact> = {
      'store.opened': { level: 'info', message: 'opened', every: 3, per: ({ path }) => path },
      'store.recovered': { level: 'info', message: 'recovered', ends: ['store.opened'] },
    }
    const facts = 'a a b a a a b'.split(' ').map(open)
    expect(written(facts, {}, lines).map(({ path, leftOut }) => [path, leftOut])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['a', 2],
    ])
    const anew = written([...facts, recovered, open('a'), open('b')], {}, lines).slice(-2)
    expect(anew.map(({ path, leftOut }) => [path, leftOut])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
  })

  it('stand for all together from the thousandth on that is like no other', () => {
    const lines: LogLines<StoreFact> = {
      'store.opened': { level: 'info', message: 'opened', every: 500, per: ({ path }) => path },
    }
    const facts = Array.from({ length: 2_000 }, (_, at) => open(`${at}`))
    expect(written(facts, {}, lines)).toHaveLength(1_002)
  })

  it('may have a level that depends on the fact', () => {
    const lines: LogLines<StoreFact> = {
      'store.recovered': {
        level: ({ waited }) => (waited > 1 ? 'error' : 'debug'),
        message: 'recovered',
      },
    }
    const facts = [recovered, { kind: 'store.recovered', waited: 1 } as const]
    expect(written(facts, {}, lines)).toMatchObject([{ level: 50, waited: 2 }])
  })

  it('below the level are not written', () => {
    const facts: StoreFact[] = [{ kind: 'store.opened', path: 'x' }, failed]
    expect(written(facts, { level: 'warn' }).map(({ kind }) => kind)).toEqual(['store.failed'])
    expect(written(facts, { level: 'silent' })).toEqual([])
  })
})

describe('what lines are not made of', () => {
  it('is an option that there is not', () => {
    const unknown = { colour: true } as object
    expect(() => written([], unknown)).toThrow(
      new TypeError(
        'logFacts has no option colour; there is destination, name, level, redact, clock',
      ),
    )
    expect(() => written([], { redact: { names: [] } as object })).toThrow(
      'redact has no option names',
    )
  })

  it.each([
    [{ every: 0 }, 'store.read: every must be an integer ≥ 1, got 0'],
    [
      { level: 'loud' },
      'store.read: level must be one of trace, debug, info, warn, error, fatal, got "loud"',
    ],
    [
      { text: 'x' },
      'the line of store.read has no option text; there is level, message, every, per, ends',
    ],
  ])('is a line with %j', (part, message) => {
    const line = { level: 'info', message: 'x', ...part } as const
    const lines = { 'store.read': line } as unknown as LogLines<StoreFact>
    expect(() => written([], {}, lines)).toThrow(message)
  })
})
