import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  dailyFindings,
  isDailyReport,
  judge,
  type DailyReport,
  type GateResult,
  type GateSettings,
  type GateVerdict,
  type SlotResult,
} from '@holdfast/promotion'
import { BEGIN, ROLLBACK } from '../advice.ts'
import type { Command, Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { dailyEvidence, slotsIn, type EvidenceFlags } from '../evidence/daily-options.ts'
import { personOf } from '../person.ts'
import { ledgerWarnings, type LedgerFigures } from '../evidence/ledger-evidence.ts'
import { VERDICT_EXITS } from '../evidence/verdict-exits.ts'
import { isOfThisRollout, youngDecisions, type YoungDecisions } from '../evidence/young.ts'
import { gateLines } from '../show/gate-check.ts'

export interface GatesChecked {
  readonly verdict: GateVerdict
  /** True: measured harm says no-go, and not only something missing. */
  readonly isMeasured: boolean
  readonly mode: GateSettings['mode']
  readonly window: { readonly from: string; readonly to: string }
  readonly gates: readonly GateResult[]
  readonly slots: readonly SlotResult[]
  /** The stage that it is about, and what it takes to leave it apart from the gates; null where a report was given. */
  readonly stage: number | null
  readonly lacking: readonly string[]
  /** The report that was given. */
  readonly report: string | null
  readonly ledger: LedgerFigures | null
  /** What waits to be counted, where nothing of this rollout is. */
  readonly young: YoungDecisions | null
  /** Whether harm that was measured may be this rollout's. */
  readonly isOfThisRollout: boolean
}

interface Given {
  readonly report?: string
  readonly requireTri?: boolean
  readonly mode?: GateSettings['mode']
}

export const command: Command<GatesChecked, Given> = {
  async run(context, { report, ...flags }) {
    const data =
      report === undefined
        ? await ofLedger(context, flags)
        : await ofReport(context, resolve(context.cwd, report), flags)
    for (const warning of ledgerWarnings(data.ledger)) context.warn(warning)
    return { code: VERDICT_EXITS[data.verdict], data, next: nextAfter(data) }
  },
  show: gateLines,
}

async function ofLedger(context: Context, flags: EvidenceFlags): Promise<GatesChecked> {
  const { options, gates: settings, figures } = dailyEvidence(context, personOf(context), flags)
  const { state, judged, lacking } = await dailyFindings({ ...options, reportPath: null })
  const { verdict, isMeasured, gates } = judged.verdict
  const ledger = figures()
  return {
    verdict,
    isMeasured,
    mode: settings.mode,
    window: judged.inputs.report?.window ?? { from: '', to: '' },
    gates,
    slots: judged.inputs.slots ?? [],
    stage: state.stage,
    lacking,
    report: null,
    ledger,
    young: await youngDecisions(options, judged.verdict, state, context),
    isOfThisRollout: isOfThisRollout(judged.verdict, state),
  }
}

async function ofReport(
  context: Context,
  path: string,
  flags: EvidenceFlags,
): Promise<GatesChecked> {
  const { gates: settings } = dailyEvidence(context, personOf(context), flags)
  const report = await reportAt(path)
  const { window } = report
  const [fromMs, toMs] = [Date.parse(window.from), Date.parse(window.to)]
  const { dataDir, observe, clock } = context
  const slots = await slotsIn(dataDir, { fromMs, toMs }, settings.slots, observe)
  const judged = judge({ report, slots, nowMs: clock.wallMs(), settings })
  const { mode } = settings
  const ofReport = { report: path, ledger: null, young: null, isOfThisRollout: false }
  return { ...judged, mode, window, slots, stage: null, lacking: [], ...ofReport }
}

/** @throws {OpsError} `OPS_NOT_FOUND`, `OPS_NO_EVIDENCE` */
async function reportAt(path: string): Promise<DailyReport> {
  const next = ['holdfast report daily --out']
  let found: unknown
  try {
    found = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) {
      throw new OpsError('OPS_NOT_FOUND', `there is no report ${path}`, { next, cause: error })
    }
    const why = error instanceof Error ? error.message : String(error)
    const message = `the report ${path} cannot be read, so there is no evidence: ${why}`
    throw new OpsError('OPS_NO_EVIDENCE', message, { next, cause: error })
  }
  if (!isDailyReport(found)) {
    throw new OpsError('OPS_NO_EVIDENCE', `${path} is no daily report of version 1, or not whole`, {
      next,
    })
  }
  return found
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

function nextAfter(data: GatesChecked): string[] {
  const { verdict, isMeasured, isOfThisRollout: isIts, lacking, stage } = data
  if (verdict === 'no-go') {
    return isMeasured && isIts && (stage ?? 0) > 0 ? [ROLLBACK] : []
  }
  if (verdict === 'inconclusive' || stage === null) return []
  if (stage === 0) return [BEGIN]
  return lacking.length === 0 && stage < 100 ? ['holdfast promote auto --dry-run'] : []
}
