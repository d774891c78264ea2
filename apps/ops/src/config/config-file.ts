import { z } from 'zod'

const path = z.string('must be a path').min(1, 'must be a path, not empty')
const ms = z.number('must be ms, ≥ 0').min(0, 'must be ≥ 0')
const share = z.number('must be a number from 0 to 1').min(0, 'must be ≥ 0').max(1, 'must be ≤ 1')
const count = z.int('must be an integer').min(1, 'must be ≥ 1')
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

/** Each field as `GateSettings` of @holdfast/promotion has it; what is absent has the default there. */
const Gates = z.strictObject({
  mode: z.enum(['runbook', 'statistical'], 'must be "runbook" or "statistical"').optional(),
  rsi: share.optional(),
  rollbacksPer1k: z.number('must be a number from 0 to 1000').min(0).max(1_000).optional(),
  tri: z.number('must be a number from -1 to 1').min(-1).max(1).optional(),
  requireTri: z.boolean('must be true or false').optional(),
  triCoverage: share.optional(),
  fastCap: share.optional(),
  alpha: share.optional(),
  harmAlpha: share.optional(),
  sampleRatioAlpha: share.optional(),
  missingMost: share.optional(),
  windowMinutes: z.number('must be minutes, ≥ 1').min(1).optional(),
  reportAgeMs: ms.optional(),
  slots: z.array(z.string().min(1), 'must be a list of slot names').optional(),
})

/** As `DwellRule` of @holdfast/promotion. */
const Dwell = z.strictObject({
  isAutomatic: z.boolean('must be true or false'),
  dwellMs: ms,
  decisions: z.int('must be an integer').min(0, 'must be ≥ 0'),
  needsTriTrend: z.boolean('must be true or false'),
})

/** As `ComparisonSettings` of @holdfast/promotion. */
const Comparison = z.strictObject({
  baseline: z.string('must be a route').min(1, 'must be a route, not empty').optional(),
  rewardLeast: z.number('must be a number').optional(),
  rewardMost: z.number('must be a number').optional(),
  margin: z.number('must be a number, ≥ 0').min(0, 'must be ≥ 0').optional(),
  weightBound: z.number('must be a number, ≥ 1').min(1, 'must be ≥ 1').nullable().optional(),
})

/** The configuration file of the `holdfast` command. Every field but `version` may be left out. */
export const ConfigFile: z.ZodType<ConfigFields> = z.strictObject({
  version: z.literal(1, 'must be 1'),
  /** Relative paths begin at the directory of this file. */
  dataDir: path.optional(),
  /** Where the router answers, if not where its data directory says. */
  url: httpUrl.optional(),
  gates: Gates.optional(),
  /** Per stage, what it takes to leave it upwards. */
  dwell: z
    .strictObject({
      '0': Dwell.optional(),
      '10': Dwell.optional(),
      '25': Dwell.optional(),
      '50': Dwell.optional(),
      '75': Dwell.optional(),
    })
    .optional(),
  /** How long outcomes take to arrive. */
  settleMs: ms.optional(),
  measure: z.enum(['reward', 'quality'], 'must be "reward" or "quality"').optional(),
  /** The route that is to be rare under an anomaly. */
  fastRoute: z.string('must be a route').min(1, 'must be a route, not empty').optional(),
  comparison: Comparison.optional(),
  onNoGo: z.enum(['hold', 'rollback'], 'must be "hold" or "rollback"').optional(),
  receipts: z.strictObject({ directory: path.optional() }).optional(),
  /** Stand in receipts, for whoever reads them. */
  appUrl: httpUrl.optional(),
  runbookUrl: httpUrl.optional(),
  /** How much is kept when something is pruned. */
  keep: z
    .strictObject({
      stateBackups: count.optional(),
      receiptDays: count.optional(),
      ledgerMonths: count.optional(),
    })
    .optional(),
})

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined }

interface DwellFields {
  readonly isAutomatic: boolean
  readonly dwellMs: number
  readonly decisions: number
  readonly needsTriTrend: boolean
}

/** What a configuration file may say. */
export interface ConfigFields extends Optional<{
  dataDir: string
  url: string
  gates: z.infer<typeof Gates>
  dwell: Optional<Record<'0' | '10' | '25' | '50' | '75', DwellFields>>
  settleMs: number
  measure: 'reward' | 'quality'
  fastRoute: string
  comparison: z.infer<typeof Comparison>
  onNoGo: 'hold' | 'rollback'
  receipts: Optional<{ directory: string }>
  appUrl: string
  runbookUrl: string
  keep: Optional<{ stateBackups: number; receiptDays: number; ledgerMonths: number }>
}> {
  readonly version: 1
}

/** What is wrong with a configuration, a line each; nothing when it can be used. */
export function problemsOf(input: unknown): string[] {
  const parsed = ConfigFile.safeParse(input, { reportInput: true })
  return parsed.success ? [] : parsed.error.issues.map(problemText)
}

function problemText(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.') || 'the file'
  if (issue.code === 'unrecognized_keys') {
    return `${field}: has no field ${issue.keys.map((key) => `"${key}"`).join(', ')}`
  }
  const message = issue.message.startsWith('must')
    ? issue.message
    : `must be otherwise: ${issue.message}`
  return `${field}: ${message}, got ${JSON.stringify(issue.input) ?? 'nothing'}`
}
