import { NOON_MS } from '../rows.fixture.ts'
import type { LedgerDecision } from './ledger-rows.ts'
import type { Window } from './row.ts'

type Fields = Readonly<Record<string, unknown>>

export const WINDOW_OF_ROWS: Window & { readonly nowMs: number } = {
  fromMs: NOON_MS - 1,
  toMs: NOON_MS + 1,
  nowMs: NOON_MS + 1,
}

/** What a router writes of a live decision under a share of one tenth, as it is joined. */
export const LINE: Fields = {
  route: 'R2',
  p: 0.085,
  probabilities: { R1: 0.05, R2: 0.85, R3: 0.05, R4: 0.05 },
  scores: { R1: 0.5, R2: 0.75, R3: 0.25, R4: 0.5 },
  bounds: { R1: 0.25, R2: 0.125, R3: 0.125, R4: 0.25 },
  caps: {},
  masked: [],
  reasons: [],
  context: [1, 0],
  shadow: { argmax: 'R2' },
  live: { route: 'R2', pilot: 0.1 },
  pilot: 0.1,
  subject: '5f1c1d2aa0b34e77',
  named: false,
  why: 'policy',
  attempt: 1,
  after: null,
  model: 'm',
  status: 200,
  tokens: { input: 10, output: 20 },
  costUsd: 0.001,
  latencyMs: 12.5,
}

/** Both parts of what came of it. */
export const PARTS: readonly Fields[] = [
  {
    route: 'R2',
    reward: 0.5,
    quality: 0.75,
    rewards: { immediate: { tri_delta_norm: 0.02 } },
    update: 1,
  },
  {
    route: 'R2',
    reward: -0.25,
    quality: null,
    rewards: { deployment: { slo_ok: 1, rollback: 0, error_rate: 0.001 } },
    update: 2,
  },
]

/** A row as a ledger joins it of these lines. */
export function joined(
  line: Fields = LINE,
  parts: readonly Fields[] = PARTS,
): LedgerDecision & { readonly rewards: Fields } {
  const rewards = [line, ...parts].map((fields) => fields['rewards'] as Fields | undefined)
  return {
    id: 'd1',
    tMs: NOON_MS,
    decision: line,
    outcomes: parts.map((fields) => ({ fields })),
    rewards: Object.assign({}, ...rewards),
  }
}

/** A whole row `{id, t, shadow, live, rewards}`, as it is read. */
export const wholeRow = (change: Fields = {}): LedgerDecision =>
  joined(
    {
      shadow: { route: 'R2', argmax: 'R2' },
      live: { route: 'R2', pilot: 0.1 },
      rewards: {
        immediate: { tri_delta_norm: 0.02 },
        deployment: { slo_ok: 1, rollback: 0, error_rate: 0.001 },
      },
      ...change,
    },
    [],
  )
