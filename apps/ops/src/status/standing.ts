import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { createRollout, isInForce, type RolloutState, type Stage } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { currentState, frozenBecause } from '../rollout/operate.ts'

/** Where a rollout stands, as status shows it. */
export interface StandingSeen {
  /** `none`: nothing has happened yet. `unknown`: nothing can be read. */
  readonly kind: RolloutState['standing']['kind'] | 'none' | 'unknown'
  /** Percent of the users; null where it is not known. */
  readonly stage: Stage | null
  readonly sinceMs: number | null
  /** When the first users of this rollout went live; until then, when it began. */
  readonly epochSinceMs: number | null
  /** Of whoever rolled it back, else of whoever changed it last. */
  readonly reason: string | null
  /** Why nothing may be promoted; null where it is not frozen. */
  readonly frozen: string | null
  /** The stage that it fell from; null where it is not rolled back. */
  readonly from: Stage | null
  /** Who rolled it back; null where it is not rolled back, or nobody knows. */
  readonly rolledBackBy: string | null
  /** Since when no gate said no-go, for the time that a stage takes. */
  readonly redAtMs: number | null
  /** Why the journal cannot be trusted, or routers cannot go by the state; null where both are well. */
  readonly trouble: string | null
  /** The stages so far, oldest first. */
  readonly history: readonly { readonly atMs: number; readonly stage: Stage }[]
}

const MOST_HISTORY = 16

/** Looks without a lock, and by `rollout.json` where the journal cannot be trusted. */
export async function standingOf({ dataDir, clock }: Context): Promise<StandingSeen> {
  const rollout = createRollout({ directory: join(dataDir, 'rollout'), clock })
  const history = await stagesOf(rollout.files.journal)
  const by = await byOf(rollout.files.rollback)
  try {
    const state = await currentState(rollout, clock.wallMs())
    const isLost = state.seq > 0 && rollout.look().state === null
    const trouble = isLost ? `${rollout.files.state} ${LOST}` : null
    return { ...seen(state, by), trouble, history }
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error)
    const sight = rollout.look()
    const known = sight.state === null ? UNKNOWN : seen(sight.state, by)
    const inForce = { kind: 'rolled-back', stage: 0, rolledBackBy: by } as const
    return { ...known, ...(isInForce(sight) ? inForce : {}), trouble, history }
  }
}

const LOST = 'is gone or cannot be read, so the guardrail answers everyone'

const UNKNOWN = {
  kind: 'unknown',
  stage: null,
  sinceMs: null,
  epochSinceMs: null,
  reason: null,
  frozen: null,
  from: null,
  rolledBackBy: null,
  redAtMs: null,
} as const

function seen(state: RolloutState, by: string | null): Omit<StandingSeen, 'trouble' | 'history'> {
  const { stage, standing, sinceMs, epochSinceMs, reason, redAtMs, seq } = state
  if (seq === 0) return { ...UNKNOWN, kind: 'none', stage: 0 }
  const fell = standing.kind === 'rolled-back' ? standing : null
  return {
    kind: standing.kind,
    stage,
    // One that never moved has been where it is since nobody knows when.
    sinceMs: sinceMs === 0 ? null : sinceMs,
    epochSinceMs: epochSinceMs === 0 ? null : epochSinceMs,
    // A freeze may have come after a rollback, and is told by itself.
    reason: fell?.reason ?? reason,
    frozen: frozenBecause(state),
    from: fell?.from ?? null,
    rolledBackBy: fell === null ? null : by,
    redAtMs,
  }
}

/** Who wrote the file that rolls back; null where it is not there, or does not say. */
async function byOf(path: string): Promise<string | null> {
  const found = await readJson<{ readonly by?: unknown } | null>(path, { onCorrupt: 'answer' })
  const by = found.kind === 'ok' ? found.value?.by : null
  return typeof by === 'string' && by !== '' ? by : null
}

/** The stages in a journal. It is only looked at: whether it can be trusted, the rollout says. */
async function stagesOf(path: string): Promise<StandingSeen['history']> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text
    .split('\n')
    .flatMap((line) => {
      try {
        const { atMs, state } = JSON.parse(line) as { atMs: number; state: { stage: Stage } }
        return [{ atMs, stage: state.stage }]
      } catch {
        return [] // Torn or changed; the trouble is told elsewhere.
      }
    })
    .filter(({ stage }, i, all) => i === 0 || all[i - 1]?.stage !== stage)
    .slice(-MOST_HISTORY)
}
