import type { SharedJsonFact } from '@holdfast/shared-json'
import type { GateName, GateVerdict } from './gates/gate.ts'
import type { EffectiveRollout } from './rollout/effective.ts'
import type { Stage } from './rollout/stage.ts'

/** All that `observe` hears: what this package tells, and what files and locks tell on the way. */
export type PromotionFact = PromotionOwnFact | SharedJsonFact

/** What this package itself tells. */
export type PromotionOwnFact =
  /** The rollout changed; it is in journal and state. */
  | {
      readonly kind: 'promotion.moved'
      readonly command: string
      readonly seq: number
      readonly from: Stage
      readonly to: Stage
      readonly reason: string
    }
  /** A command changed nothing. */
  | {
      readonly kind: 'promotion.held'
      readonly command: string
      readonly how: 'held' | 'refused'
      readonly reasons: readonly string[]
    }
  /** A rollback is in force: its file is written. */
  | { readonly kind: 'promotion.rolled-back'; readonly id: string; readonly reason: string }
  /** The state was behind its journal, or broken, and was made anew from it. */
  | { readonly kind: 'promotion.repaired'; readonly path: string; readonly seq: number }
  /** The end of a journal was torn by a crash, and cut. */
  | { readonly kind: 'promotion.journal-cut'; readonly path: string; readonly sizeBytes: number }
  /** A rollback began a journal anew, because the one before cannot be trusted; that one is kept, unless it was gone. */
  | {
      readonly kind: 'promotion.journal-anew'
      readonly path: string
      readonly keptAt: string | null
      readonly reason: string
    }
  /** The evidence so far was not gone on with, and is summed up anew from the beginning of the rollout. */
  | { readonly kind: 'promotion.evidence-anew'; readonly path: string; readonly reason: string }
  /** A gate was judged. */
  | {
      readonly kind: 'promotion.gate'
      readonly gate: GateName
      readonly verdict: GateVerdict
      readonly value: number | null
      readonly reason: string
    }
  /** A router acts by another share from now on. */
  | {
      readonly kind: 'promotion.obeyed'
      readonly worker: string
      readonly pilot: number
      readonly because: EffectiveRollout['because']
      readonly seq: number
    }
  /** A router obeys, but could not say so; it tries again. */
  | {
      readonly kind: 'promotion.not-acknowledged'
      readonly worker: string
      readonly error: unknown
    }
  /** Who was to act by another share threw, so that it may act by the old one; nothing is acknowledged, and it is told again with every look. */
  | {
      readonly kind: 'promotion.not-taken'
      readonly worker: string
      readonly pilot: number
      readonly error: unknown
    }
  /** The file of a rollback that nobody answered was removed; a router wrote it again. */
  | { readonly kind: 'promotion.put-back'; readonly path: string }
  /** How the slots were could not be found out: they count as red. */
  | { readonly kind: 'promotion.slots-unknown'; readonly error: unknown }
  /** A router found a state or rollback that it cannot read; the guardrail answers. */
  | { readonly kind: 'promotion.unreadable'; readonly path: string; readonly reason: string }
  /** Looks at slots could not be written, or old ones not be removed; they are tried again. Told once as long as it lasts. */
  | {
      readonly kind: 'promotion.slot-record-failed'
      readonly path: string
      readonly error: unknown
    }
  /** A file of looks at slots has lines that are torn or malformed; they were passed over. */
  | {
      readonly kind: 'promotion.slot-lines-malformed'
      readonly path: string
      readonly lines: number
    }
  /** A receipt is written. */
  | { readonly kind: 'promotion.receipt'; readonly file: string; readonly action: string }
  /** What was to be written down could not be; what was to be done was done. */
  | { readonly kind: 'promotion.receipt-failed'; readonly error: unknown }
  /** A daily job has ended. */
  | { readonly kind: 'promotion.daily'; readonly outcome: string; readonly tookMs: number }
