import { describe, expect, it } from 'vitest'
import {
  deploymentReward,
  immediateReward,
  type DeploymentOutcome,
  type ImmediateOutcome,
} from './rewards.ts'

describe('the immediate reward', () => {
  it.each([
    [0, 0, 0],
    [0.2, 0, 1],
    [0.1, 0, 0.5],
    [0.1, 2.5, 0],
    [-0.05, 1, -0.45],
    [-0.2, 5, -2],
    // Clipped.
    [3, 0, 1],
    [-3, 0, -1],
    [0, 60, -1],
    [0, Infinity, -1],
  ])('of a TRI delta of %d after %d s is %d', (triDelta, latencyS, reward) => {
    expect(immediateReward({ triDelta, latencyS })).toBeCloseTo(reward, 12)
  })

  it.each([
    ['triDelta', { triDelta: Number.NaN, latencyS: 0 }],
    ['triDelta', { triDelta: Infinity, latencyS: 0 }],
    ['triDelta', { latencyS: 0 }],
    ['latencyS', { triDelta: 0, latencyS: -0.1 }],
    ['latencyS', { triDelta: 0, latencyS: '1' }],
    ['latencyS', { triDelta: 0 }],
  ])('refuses a %s it cannot use: %j', (field, outcome) => {
    expect(() => immediateReward(outcome as ImmediateOutcome)).toThrow(
      expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field }),
    )
  })
})

describe('the reward of a deployment', () => {
  const good: DeploymentOutcome = { sloOk: true, rollback: false, errorRate: 0 }
  it.each<[number, Partial<DeploymentOutcome>]>([
    [1, {}],
    [-1, { sloOk: false }],
    [0, { rollback: true }],
    [0.75, { errorRate: 0.25 }],
    [0.5, { transformRate: 1 }],
    [-3.5, { sloOk: false, rollback: true, errorRate: 1, transformRate: 1 }],
  ])('is %d when %j', (reward, outcome) => {
    expect(deploymentReward({ ...good, ...outcome })).toBe(reward)
  })

  it.each<[string, unknown]>([
    ['sloOk', { ...good, sloOk: 1 }],
    ['rollback', { ...good, rollback: undefined }],
    ['errorRate', { ...good, errorRate: 1.01 }],
    ['errorRate', { ...good, errorRate: '0' }],
    ['transformRate', { ...good, transformRate: -0.01 }],
    ['transformRate', { ...good, transformRate: Number.NaN }],
  ])('refuses a %s it cannot use: %j', (field, outcome) => {
    expect(() => deploymentReward(outcome as DeploymentOutcome)).toThrow(
      expect.objectContaining({ code: 'BANDIT_STORE_INPUT', field }),
    )
  })
})
