import { seededRandom } from '@holdfast/seams'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAKY_ROUTES, FLAKY_ROWS, flakyPlan, withLatencies, type Fault } from './flaky.ts'
import { generatedTable } from './generated-table.ts'
import { quantile } from './quantile.ts'

const streams = fc
  .record({
    rows: fc.integer({ min: FLAKY_ROWS, max: 100_000 }),
    routes: fc.integer({ min: FLAKY_ROUTES, max: 10 }),
    guardrail: fc.nat(),
  })
  .map(({ rows, routes, guardrail }) => ({ rows, routes, guardrail: guardrail % routes }))
const underWay = (plan: readonly Fault[], row: number): Fault[] =>
  plan.filter(({ from, until }) => from <= row && row < until)

describe('upstreams that fail in turn', () => {
  it('are two of four at times, never three, never one of them twice at once, and well in the end', () => {
    fc.assert(
      fc.property(streams, ({ rows, routes, guardrail }) => {
        const plan = flakyPlan(rows, routes, guardrail)
        const moments = plan.flatMap(({ from, until }) => [from, until - 1, until])
        const counts = moments.map((row) => underWay(plan, row).length)
        expect(Math.max(...counts)).toBe(2)
        for (const row of moments) {
          const failing = underWay(plan, row).map(({ route }) => route)
          expect(new Set(failing).size).toBe(failing.length)
        }
        for (const { from, until, route } of plan) {
          expect(until).toBeGreaterThan(from)
          expect(route).toBeGreaterThanOrEqual(0)
          expect(route).toBeLessThan(routes)
        }
        expect(underWay(plan, 0)).toEqual([])
        expect(underWay(plan, rows - 1)).toEqual([])
        expect(plan.map(({ route }) => route)).toContain(guardrail)
      }),
    )
  })

  it('fail in every way', () => {
    const kinds = new Set(flakyPlan(FLAKY_ROWS, FLAKY_ROUTES, 3).map(({ kind }) => kind))
    expect([...kinds].toSorted()).toEqual(['cut', 'error', 'hang', 'limit', 'reset', 'slow'])
  })

  it('are all well for a while between their troubles', () => {
    const plan = flakyPlan(1000, 4, 3)
    const well = Array.from({ length: 1000 }, (_, row) => underWay(plan, row).length === 0)
    expect(well.filter(Boolean).length).toBeGreaterThan(300)
    const turns = well.filter((isWell, row) => isWell && row > 0 && well[row - 1] === false)
    expect(turns.length).toBeGreaterThanOrEqual(3)
  })
})

describe('latencies of the scenario', () => {
  it('are those of real life: around 20 ms, one in a hundred three times that, and repeat', () => {
    const table = generatedTable(1, 5000)
    const drawn = withLatencies(table, seededRandom('latencies'))
    const latencies = drawn.rows.flatMap(({ latencyMs }) => latencyMs ?? [])
    expect(latencies).toHaveLength(20_000)
    expect(quantile(latencies, 0.5)).toBeCloseTo(20, 0)
    expect(quantile(latencies, 0.99) / quantile(latencies, 0.5)).toBeCloseTo(3.2, 0)
    expect(Math.min(...latencies)).toBeGreaterThan(0)
    expect(withLatencies(table, seededRandom('latencies'))).toEqual(drawn)
  })
})
