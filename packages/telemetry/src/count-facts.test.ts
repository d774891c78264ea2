import { counterRows, type CounterRow } from '@holdfast/seams'
import { Counter, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { countFacts } from './count-facts.ts'

type CallFact =
  | {
      readonly kind: 'call.done'
      readonly route: string | null
      readonly status: number
      readonly tookMs: number
    }
  | { readonly kind: 'call.lost' }
  | { readonly kind: 'call.begun' }

const rows = counterRows<CallFact>(
  { name: 'calls_total', help: 'Calls.', kind: 'call.done', labels: ['route', 'status'] },
  { name: 'call_ms_total', help: 'Time.', kind: 'call.done', amount: 'tookMs' },
  { name: 'calls_lost_total', help: 'Lost.', kind: 'call.lost' },
)
const done = (more: Partial<Extract<CallFact, { kind: 'call.done' }>> = {}): CallFact => ({
  kind: 'call.done',
  route: 'R1',
  status: 200,
  tookMs: 5,
  ...more,
})

/** Counts facts, and answers the lines of the metrics that hold numbers. */
async function counted(facts: readonly CallFact[], seriesLimit = 1000): Promise<readonly string[]> {
  const registry = new Registry()
  const observe = countFacts(rows, { registry, seriesLimit })
  for (const fact of facts) observe(fact)
  return linesOf(registry)
}

const linesOf = async (registry: Registry): Promise<readonly string[]> =>
  (await registry.metrics()).split('\n').filter((line) => /^[^#]/.test(line))

describe('facts as counters', () => {
  it('are counted by every row of their kind, by label, and by amount', async () => {
    expect(await counted([done(), done({ tookMs: 2 }), done({ status: 500 })])).toEqual([
      'calls_total{route="R1",status="200"} 2',
      'calls_total{route="R1",status="500"} 1',
      'call_ms_total 12',
      'calls_lost_total 0',
    ])
  })

  it('change nothing when no row is for their kind', async () => {
    expect(await counted([{ kind: 'call.begun' }])).toEqual(await counted([]))
  })

  it('show 0 where nothing was counted and there are no labels', async () => {
    expect(await counted([])).toEqual(['call_ms_total 0', 'calls_lost_total 0'])
  })

  it('with nothing in a label have the empty text there', async () => {
    expect(await counted([done({ route: null })])).toContain('calls_total{route="",status="200"} 1')
  })

  it('that no counter can take are not added, and counted as such', async () => {
    const amounts = [Number.NaN, -1, Infinity, '7' as unknown as number]
    const lines = await counted([done(), ...amounts.map((tookMs) => done({ tookMs }))])
    expect(lines).toContain('call_ms_total 5')
    expect(lines).toContain('holdfast_telemetry_not_counted_total{metric="call_ms_total"} 4')
    expect(lines).toContain('calls_total{route="R1",status="200"} 5')
  })

  it('with more label values than the limit are counted together as other', async () => {
    const facts = ['a', 'b', 'c', 'd', 'a'].map((route) => done({ route }))
    const lines = await counted(facts, 2)
    expect(lines.filter((line) => line.startsWith('calls_total'))).toEqual([
      'calls_total{route="a",status="200"} 2',
      'calls_total{route="b",status="200"} 1',
      'calls_total{route="other",status="other"} 2',
    ])
  })

  it('with labels that are the same once they are written are one series', async () => {
    const facts = ['\ud800', '\ud801', 'a\udc00'].map((route) => done({ route }))
    const lines = await counted(facts)
    expect(lines.filter((line) => line.startsWith('calls_total'))).toEqual([
      'calls_total{route="\ufffd",status="200"} 2',
      'calls_total{route="a\ufffd",status="200"} 1',
    ])
  })

  it('with a label that has no text are counted under [unreadable]', async () => {
    const odd = [Object.create(null), { toString: () => ({}) }, Symbol('s')] as never[]
    const lines = await counted(odd.map((route) => done({ route })))
    expect(lines.filter((line) => line.startsWith('calls_total'))).toEqual([
      'calls_total{route="[unreadable]",status="200"} 2',
      'calls_total{route="Symbol(s)",status="200"} 1',
    ])
  })

  it('are the same however often they are asked for', async () => {
    const registry = new Registry()
    const observe = countFacts(rows, { registry })
    observe(done())
    expect(await linesOf(registry)).toEqual(await linesOf(registry))
    observe(done())
    expect(await linesOf(registry)).toContain('call_ms_total 10')
    expect(await registry.getMetricsAsJSON()).toMatchObject([
      { name: 'holdfast_telemetry_not_counted_total' },
      { name: 'calls_total', values: [{ value: 2, labels: { route: 'R1', status: '200' } }] },
      { name: 'call_ms_total', values: [{ value: 10 }] },
      { name: 'calls_lost_total' },
    ])
  })

  it('of several tables may share a registry', async () => {
    const registry = new Registry()
    countFacts(rows.slice(0, 1), { registry })(done())
    countFacts(rows.slice(1), { registry })(done())
    expect(await linesOf(registry)).toContain('call_ms_total 5')
  })
})

describe('what facts are not counted by', () => {
  const row: CounterRow = { name: 'x_total', help: 'X.', kind: 'x' }
  const refused: readonly (readonly [string, Partial<CounterRow>, string])[] = [
    [
      'a name without _total',
      { name: 'x' },
      'rows: name must be a Prometheus name ending in _total, got "x"',
    ],
    ['a name of other letters', { name: 'x-y_total' }, 'name must be a Prometheus name'],
    ['no help', { help: '' }, 'rows: x_total: help must be some text, got ""'],
    ['no kind', { kind: '' }, 'rows: x_total: kind must be a kind of fact, got ""'],
    [
      'a label of other letters',
      { labels: ['a-b'] },
      'labels must be Prometheus label names, got "a-b"',
    ],
    [
      'a label of Prometheus’ own',
      { labels: ['__name__'] },
      'labels must be Prometheus label names',
    ],
    ['a label twice', { labels: ['a', 'a'] }, 'labels must be different from one another'],
    ['an amount without a name', { amount: '' }, 'amount must be a field of the fact'],
  ]

  it.each(refused)('is a row with %s', (_what, part, message) => {
    const registry = new Registry()
    expect(() => countFacts([row, { ...row, ...part }], { registry })).toThrow(message)
    expect(registry.getMetricsAsArray()).toEqual([])
  })

  it('is a name that two rows have, or that is registered already', () => {
    const registry = new Registry()
    expect(() => countFacts([row, row], { registry })).toThrow(
      'rows: two of them are named x_total',
    )
    const counter = new Counter({ name: 'x_total', help: 'X.', registers: [registry] })
    expect(() => countFacts([row], { registry })).toThrow(
      'rows: x_total is in the registry already',
    )
    expect(registry.getMetricsAsArray()).toEqual([counter])
  })

  it('is an option that there is not, or is not as it must be', () => {
    const registry = new Registry()
    const unknown = { registry, limit: 5 }
    expect(() => countFacts([row], unknown)).toThrow(
      new TypeError('countFacts has no option limit; there is registry, seriesLimit'),
    )
    for (const seriesLimit of [0, 1.5, Number.NaN, '3' as unknown as number]) {
      expect(() => countFacts([row], { registry, seriesLimit })).toThrow(
        new RangeError(`seriesLimit must be an integer ≥ 1, got ${seriesLimit}`),
      )
    }
    expect(() => countFacts([row], null as never)).toThrow('options must be an object, got null')
  })
})

it('a fact that is told by code of another shape does no harm', () => {
  const observe = countFacts(rows, { registry: new Registry() })
  expect(() => observe({ kind: 'call.done' })).not.toThrow()
  expect(() => observe({ kind: 'toString' })).not.toThrow()
})
