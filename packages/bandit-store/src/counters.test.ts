import { describe, expect, it } from 'vitest'
import { banditStoreCounters } from './counters.ts'

describe('the counters', () => {
  it('have one name each, as Prometheus wants it', () => {
    const names = banditStoreCounters.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) {
      expect(name).toMatch(/^(holdfast_bandit_store|nova_anr)_[a-z_]+_total$/)
    }
  })

  it('count writes that fail under the name that dashboards know', () => {
    expect(
      banditStoreCounters.find(({ kind }) => kind === 'bandit-store.write-failed'),
    ).toMatchObject({ name: 'nova_anr_state_write_errors_total' })
  })

  it('count rewards by result and part', () => {
    expect(banditStoreCounters.find(({ kind }) => kind === 'bandit-store.reward')).toMatchObject({
      labels: ['result', 'part'],
    })
  })
})
