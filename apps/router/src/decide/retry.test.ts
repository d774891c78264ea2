import { VirtualClock } from '@holdfast/seams/testing'
import { describe, expect, it } from 'vitest'
import { backoffMs, createRetryBudget } from './retry.ts'

const policy = { tries: 3, backoffMs: 50, budgetRatio: 0.25, budgetPerSecond: 0 }

/** How often the budget is spent until it is empty. */
function spendable(budget: { spend(): boolean }): number {
  let times = 0
  while (times < 10_000 && budget.spend()) times += 1
  return times
}

describe('the pause before another try', () => {
  it('is drawn between nothing and a bound that doubles', () => {
    expect(backoffMs(policy, 1, 0)).toBe(0)
    expect(backoffMs(policy, 1, 0.5)).toBe(25)
    expect(backoffMs(policy, 3, 0.5)).toBe(100)
  })
})

describe('the budget of tries', () => {
  it('is earned by first calls: a quarter of them here', () => {
    const budget = createRetryBudget(policy, new VirtualClock())
    for (let i = 0; i < 48; i += 1) budget.earn()
    expect(spendable(budget)).toBe(12)
    expect(budget.spend()).toBe(false)
  })

  it('is not saved up without end', () => {
    const budget = createRetryBudget(policy, new VirtualClock())
    for (let i = 0; i < 100_000; i += 1) budget.earn()
    expect(spendable(budget)).toBe(25)
  })

  it('allows some every second, so that a router with little traffic tries again too', async () => {
    const clock = new VirtualClock()
    const budget = createRetryBudget({ ...policy, budgetRatio: 0, budgetPerSecond: 2 }, clock)
    expect(spendable(budget)).toBe(20)
    await clock.advance(3_000)
    expect(spendable(budget)).toBe(6)
  })

  it('of nothing allows nothing', () => {
    const budget = createRetryBudget({ ...policy, budgetRatio: 0 }, new VirtualClock())
    budget.earn()
    expect(budget.spend()).toBe(false)
  })
})
