import type { DailyOptions, RolloutState, Verdict } from '@holdfast/promotion'
import type { Context } from '../command.ts'

/** Decisions that are not counted yet, because what came of them may still arrive. */
export interface YoungDecisions {
  readonly decisions: number
  /** Of these, those that the learned policy answered. */
  readonly live: number
  /** Live decisions that are counted, all of them from before this rollout. */
  readonly older: number
  /** When the first of them counts, in ms since 1970, to the minute. */
  readonly askAtMs: number
}

type Evidence = Pick<DailyOptions, 'evidence'>
type Began = Pick<RolloutState, 'epochSinceMs'>

const MINUTE_MS = 60_000

/** Null where something of this rollout is counted, or nothing waits for its time. */
export async function youngDecisions(
  { evidence }: Evidence,
  verdict: Verdict,
  began: Began,
  { settings: { settleMs }, clock }: Context,
): Promise<YoungDecisions | null> {
  if (isOfThisRollout(verdict, began)) return null
  const { samples = 0, window } = verdict.gates.find(({ gate }) => gate === 'rsi') ?? {}
  const toMs = clock.wallMs()
  const fromMs = Math.max(Date.parse(window?.to ?? ''), samples > 0 ? began.epochSinceMs : 0)
  if (!(fromMs < toMs)) return null
  const found = { decisions: 0, live: 0 }
  const first = { decision: Infinity, live: Infinity }
  for await (const { tMs, live } of evidence({ fromMs, toMs })) {
    found.decisions += 1
    first.decision = Math.min(first.decision, tMs)
    if (live === null) continue
    found.live += 1
    first.live = Math.min(first.live, tMs)
  }
  // Where decisions are counted, only live ones are news.
  const isNews = found.live > 0 || (found.decisions > 0 && decisionsOf(verdict) === 0)
  if (!isNews) return null
  const firstMs = found.live > 0 ? first.live : first.decision
  const askAtMs = Math.ceil((firstMs + 1 + settleMs) / MINUTE_MS) * MINUTE_MS
  return { ...found, older: samples, askAtMs }
}

/** Whether any live decision that was judged may be of this rollout. If none is, harm is no reason to roll it back. */
export function isOfThisRollout({ gates }: Verdict, { epochSinceMs }: Began): boolean {
  const rsi = gates.find(({ gate }) => gate === 'rsi')
  return rsi !== undefined && rsi.samples > 0 && Date.parse(rsi.window.to) > epochSinceMs
}

const decisionsOf = ({ gates }: Verdict): number =>
  gates.find(({ gate }) => gate === 'freshness')?.samples ?? 0
