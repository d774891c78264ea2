import type { DailyReport } from '../evidence/report.ts'

/** What a gate looks at. */
export type GateName =
  | 'freshness'
  | 'rsi'
  | 'rollbacks'
  | 'tri'
  | 'fast-cap'
  | 'slots'
  | 'outcomes'
  | 'sample-ratio'
  | 'quality'

/** `inconclusive`: neither shown nor refuted, so everything stays as it is. */
export type GateVerdict = 'go' | 'no-go' | 'inconclusive'

/** What one gate says, and what it says it of. */
export interface GateResult {
  readonly gate: GateName
  readonly verdict: GateVerdict
  /** What was found; null where there was nothing to find. */
  readonly value: number | null
  /** What it is held against. */
  readonly threshold: number | null
  /** How many observations stand behind the value. */
  readonly samples: number
  /** ISO 8601, UTC; `to` is just outside. */
  readonly window: { readonly from: string; readonly to: string }
  /** Where the value comes from, such as `report.rsi`. */
  readonly source: string
  /** One sentence for people. */
  readonly reason: string
  /** Whether data decided, or their absence. Both stop a promotion; only measured harm is a reason to roll back. */
  readonly because: 'measured' | 'missing'
  /** True: it is told, and has no say. */
  readonly isAdvisory: boolean
}

/** A critical slot over the window. */
export interface SlotResult {
  readonly slot: string
  readonly isGreen: boolean
  readonly reason: string
}

/** How gates judge. */
export interface GateSettings {
  /** `runbook`: point values of the last window, as operators know them. `statistical`: bounds that hold with confidence. */
  readonly mode: 'runbook' | 'statistical'
  /** Least RSI. Default .85. */
  readonly rsi: number
  /** Most rollbacks a thousand live decisions. Default .1. */
  readonly rollbacksPer1k: number
  /** Least median TRI Δ. Default 0. */
  readonly tri: number
  /** True: the TRI gate has a say, and missing TRI Δ is a no-go. Default true. */
  readonly requireTri: boolean
  /** Least share of the live decisions with a known outcome that must carry a TRI Δ. Default .5. */
  readonly triCoverage: number
  /** Highest probability of the fast route under an anomaly. Default .15. */
  readonly fastCap: number
  /** Chance of each bound to be wrong, and of the whole quality test to promote what is no better. Default .05. */
  readonly alpha: number
  /** Chance of each look to find harm in a window where there is none, and of all looks in the rollout. Default .001. */
  readonly harmAlpha: number
  /** Below this chance a split is taken to be broken. Default .001. */
  readonly sampleRatioAlpha: number
  /** Most live decisions of which no outcome is known, as a share. Default .05. */
  readonly missingMost: number
  /** Length that the report's window must have, in minutes. Default 1440. */
  readonly windowMinutes: number
  /** Oldest that the end of the report's window may be, in ms. Default 2 h. */
  readonly reportAgeMs: number
  /** Slots that must be green, one at least. */
  readonly slots: readonly string[]
}

export const GATES: GateSettings = {
  mode: 'runbook',
  rsi: 0.85,
  rollbacksPer1k: 0.1,
  tri: 0,
  requireTri: true,
  triCoverage: 0.5,
  fastCap: 0.15,
  alpha: 0.05,
  harmAlpha: 0.001,
  sampleRatioAlpha: 0.001,
  missingMost: 0.05,
  windowMinutes: 1440,
  reportAgeMs: 7_200_000,
  slots: ['slot04', 'slot08_lock', 'slot09', 'slot10'],
}

/** All that a verdict depends on: plain data, kept in the receipt, so that the verdict can be recomputed. */
export interface GateInput {
  readonly report: DailyReport | null
  /** Null when nobody knows: red. */
  readonly slots: readonly SlotResult[] | null
  /** When it is judged, in ms since 1970. */
  readonly nowMs: number
  readonly settings: GateSettings
}

/** What all gates say together. */
export interface Verdict {
  /** The worst of the gates that have a say. */
  readonly verdict: GateVerdict
  /** True for a no-go that something measured, and not only something missing, demands. */
  readonly isMeasured: boolean
  readonly gates: readonly GateResult[]
}

/** What a gate finds, before the report says of what window. */
export type Finding = Omit<GateResult, 'window' | 'isAdvisory'>
