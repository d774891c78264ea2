import { join } from 'node:path'
import {
  readSlotSamples,
  slotsOver,
  type About,
  type DailyOptions,
  type GateSettings,
  type SlotResult,
  type Window,
} from '@holdfast/promotion'
import manifest from '../../package.json' with { type: 'json' }
import type { Context } from '../command.ts'
import { completeSettings, given } from '../config/complete.ts'
import { OpsError } from '../errors.ts'
import { ledgerEvidence, type LedgerFigures } from './ledger-evidence.ts'

/** What one call asks for beside the settings. */
export interface EvidenceFlags {
  /** TRI has a say, whatever the settings are. */
  readonly requireTri?: boolean
  readonly mode?: GateSettings['mode']
  readonly windowMs?: number
  /** Another ledger than the router's, a directory or a file. Its evidence is not added to the rollout's. */
  readonly ledger?: string
}

/** All that a daily job goes by, as every command that judges has it. */
export interface DailyEvidence {
  readonly options: DailyOptions
  readonly gates: GateSettings
  readonly figures: () => LedgerFigures | null
}

/** Looks at slots are a minute apart; of two, one may be late. */
const SLOT_GAP_MS = 120_000

/** @throws {OpsError} `OPS_CONFIG` for settings that do not go together. */
export function dailyEvidence(
  context: Context,
  by: string,
  flags: EvidenceFlags = {},
): DailyEvidence {
  const { dataDir, settings, clock, random, observe, isDry } = context
  const { gates, dwell } = completeSettings({ ...settings, gates: gatesFor(settings.gates, flags) })
  const { measure, fastRoute, settleMs, onNoGo, comparison } = settings
  if (settleMs > gates.reportAgeMs) {
    const message = `settleMs must be at most gates.reportAgeMs, ${gates.reportAgeMs}, or every report is too old; it is ${settleMs}`
    throw new OpsError('OPS_CONFIG', message, { next: ['holdfast config show --origin'] })
  }
  const ledger = ledgerEvidence(
    flags.ledger ?? join(dataDir, 'ledger'),
    { measure, fastRoute },
    context,
  )
  const options: DailyOptions = {
    // What another ledger says is no evidence for this rollout, and this rollout's none for another.
    directory: join(dataDir, flags.ledger === undefined ? 'rollout' : 'rollout-elsewhere'),
    lockPath: join(dataDir, 'anr_autopromo'),
    receipts: receiptsOf(context),
    evidence: ledger.rows,
    slots: (window) => slotsIn(dataDir, window, gates.slots, observe),
    gates,
    dwell,
    comparison: given(comparison),
    settleMs,
    onNoGo,
    isDryRun: isDry,
    about: aboutOf(context, by, gates.fastCap),
    clock,
    random,
    observe,
  }
  return { options, gates, figures: ledger.figures }
}

/** How the slots of a router were in a window. */
export async function slotsIn(
  dataDir: string,
  window: Window,
  slots: readonly string[],
  observe: Context['observe'],
): Promise<SlotResult[]> {
  const samples = await readSlotSamples(join(dataDir, 'slots'), window, { observe })
  return slotsOver(samples, slots, window, SLOT_GAP_MS)
}

/** Where receipts are, and what signs them: a secret, so from the environment alone. */
export function receiptsOf({ settings, env }: Context): {
  readonly directory: string
  readonly key?: string
} {
  const key = env['HOLDFAST_RECEIPT_KEY'] ?? ''
  return key === '' ? settings.receipts : { ...settings.receipts, key }
}

/** What receipts say of the surroundings. */
export function aboutOf({ dataDir, settings, env }: Context, by: string, fastCap: number): About {
  return {
    by,
    appUrl: settings.appUrl ?? '',
    runbookUrl: settings.runbookUrl ?? '',
    buildSha: env['NOVA_BUILD_SHA'] ?? 'unknown',
    codeVersion: manifest.version,
    statePath: join(dataDir, 'learned'),
    fastCap,
    env,
  }
}

function gatesFor(
  gates: Context['settings']['gates'],
  { requireTri, mode, windowMs }: EvidenceFlags,
): Context['settings']['gates'] {
  return {
    ...gates,
    ...(requireTri === true ? { requireTri } : {}),
    ...(mode === undefined ? {} : { mode }),
    ...(windowMs === undefined ? {} : { windowMinutes: windowMs / 60_000 }),
  }
}
