/** Lines of a ledger, as comparisons read and write them. */
import type { DecisionLine, OutcomeLine } from '@holdfast/ledger'

const FROM_MS = Date.UTC(2026, 0, 15)

/** Ids as the router makes them: of 36 characters, each its own. */
function idOf(i: number): string {
  const digits = i.toString(16).padStart(8, '0')
  return `019bc1a4-${digits.slice(0, 4)}-7${digits.slice(4, 7)}-8000-${((i * 7919) % 2 ** 48).toString(16).padStart(12, '0')}`
}

export function decisionOf(i: number): DecisionLine & Readonly<Record<string, unknown>> {
  return {
    v: 1,
    kind: 'decision',
    id: idOf(i),
    t: new Date(FROM_MS + i).toISOString(),
    route: 'R2',
    p: 0.85,
    shadow: { route: 'R2', argmax: 'R2' },
    live: { route: 'R2', pilot: 0.1 },
    probabilities: { R1: 0.05, R2: 0.85, R3: 0.05, R4: 0.05 },
  }
}

export function outcomeOf(i: number): OutcomeLine {
  return {
    v: 1,
    kind: 'outcome',
    id: idOf(i),
    t: new Date(FROM_MS + i + 900).toISOString(),
    part: 'later',
    reward: 0.25,
    rewards: {
      immediate: { tri_delta_norm: 0.1 },
      deployment: { slo_ok: 1, rollback: 0, error_rate: 0.01 },
    },
  }
}

/** A decision, and what came of it. */
export type Made = readonly [DecisionLine, OutcomeLine]
export const plain = (i: number): Made => [decisionOf(i), outcomeOf(i)]

const ROUTES = ['R1', 'R2', 'R3', 'R4']
/** From 0 to 1, another for every `i` and `k`, with all the digits of a double. */
const spread = (i: number, k: number): number =>
  ((i * 2_654_435_761 + k * 1_013_904_223) % 2 ** 32) / 2 ** 32
const forEach = (i: number, k: number): Record<string, number> =>
  Object.fromEntries(ROUTES.map((route, at) => [route, spread(i, k + at)]))

/** Lines with all that the router writes: a context of 24 numbers, and what was thought of each route. */
export function routed(i: number): Made {
  const route = ROUTES[i % 4]!
  const decision: DecisionLine & Readonly<Record<string, unknown>> = {
    v: 1,
    kind: 'decision',
    id: idOf(i),
    t: new Date(FROM_MS + i).toISOString(),
    route,
    p: spread(i, 0),
    probabilities: forEach(i, 1),
    scores: forEach(i, 5),
    bounds: forEach(i, 9),
    caps: { R3: 0.15 },
    masked: [],
    reasons: [],
    context: Array.from({ length: 24 }, (_, k) =>
      k < 10 ? (i >> k) % 2 : Number(spread(i, k + 13).toFixed(4)),
    ),
    shadow: { argmax: 'R2' },
    live: { route, pilot: 0.1 },
    pilot: 0.1,
    subject: (i % 5000).toString(16).padStart(16, '0'),
    named: false,
    why: 'policy',
    attempt: 1,
    after: null,
    model: 'gpt-4o-mini',
    status: 200,
    tokens: { input: i % 4000, output: i % 900 },
    costUsd: Number((spread(i, 37) / 1000).toFixed(6)),
    latencyMs: Number((spread(i, 38) * 2000).toFixed(1)),
  }
  const told = {
    route,
    quality: Number(spread(i, 39).toFixed(2)),
    update: i,
    reward: spread(i, 40),
    rewards: {
      immediate: { tri_delta_norm: spread(i, 41) - 0.5 },
      deployment: { slo_ok: 1, rollback: 0, error_rate: 0.01 },
    },
  }
  return [decision, { ...outcomeOf(i), ...told, kind: 'reward' }]
}
