import type { CounterRow, Fact } from '@holdfast/seams'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { countFacts } from './count-facts.ts'

// fast-check prints the seed with every failure.
const KINDS = ['a.one', 'a.two', 'b.one', 'nobody.hears'] as const
const rows: readonly CounterRow[] = [
  { name: 'one_total', help: 'One.', kind: 'a.one' },
  { name: 'one_by_total', help: 'One.', kind: 'a.one', labels: ['who', 'how'] },
  { name: 'one_of_total', help: 'One.', kind: 'a.one', labels: ['who'], amount: 'size' },
  { name: 'two_total', help: 'Two.', kind: 'a.two', amount: 'size' },
  { name: 'b_total', help: 'B.', kind: 'b.one', labels: ['how'] },
]

interface SomeFact extends Fact {
  readonly who: string
  readonly how: number | null
  readonly size: number
}

// What joins and separates in keys and in Prometheus' own text is among the letters.
const who = fc.string({
  unit: fc.constantFrom('a', 'b', ':', ',', '1', '"', '\\', '\n'),
  maxLength: 3,
})
const anyFact: fc.Arbitrary<SomeFact> = fc.record({
  kind: fc.constantFrom(...KINDS),
  who,
  how: fc.option(fc.nat(3)),
  size: fc.oneof(fc.nat(1000), fc.constantFrom(-1, Number.NaN, Infinity)),
})
/** The same, one fact after another, by the plainest means. */
function folded(facts: readonly SomeFact[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const fact of facts) {
    for (const { name, kind, labels = [], amount } of rows) {
      const fields = fact as unknown as Record<string, number | null>
      const add = amount === undefined ? 1 : Number(fields[amount])
      if (kind !== fact.kind || !(add >= 0 && add < Infinity)) continue
      const key = JSON.stringify([name, ...labels.map((label) => String(fields[label] ?? ''))])
      sums.set(key, (sums.get(key) ?? 0) + add)
    }
  }
  return sums
}

async function shown(registry: Registry): Promise<Map<string, number>> {
  const sums = new Map<string, number>()
  for (const { name, values } of await registry.getMetricsAsJSON()) {
    const { labels = [] } = rows.find((row) => row.name === name) ?? {}
    if (name.startsWith('holdfast_')) continue
    for (const { value, labels: seen } of values) {
      sums.set(JSON.stringify([name, ...labels.map((label) => seen[label])]), value)
    }
  }
  return sums
}

const without0 = (sums: Map<string, number>): [string, number][] =>
  [...sums].filter(([, sum]) => sum > 0).toSorted(([one], [other]) => (one < other ? -1 : 1))

it('counters equal a fold of the facts, whenever they are asked for', async () => {
  // After each round they are looked at, which must make no difference to the next.
  const rounds = fc.array(fc.array(anyFact, { maxLength: 20 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(rounds, async (rounds) => {
      const registry = new Registry()
      const observe = countFacts(rows, { registry })
      const told: SomeFact[] = []
      for (const round of rounds) {
        for (const fact of round) observe(fact)
        told.push(...round)
        expect(without0(await shown(registry))).toEqual(without0(folded(told)))
      }
    }),
    { numRuns: 300 },
  )
})
