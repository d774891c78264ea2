import type { Command, Context } from '../command.ts'
import { lookAtClock } from '../doctor/clock.ts'
import { lookAtEnvironment } from '../doctor/environment.ts'
import { AREAS, problem, type Area, type Finding, type Look } from '../doctor/finding.ts'
import { lookAtKillSwitch } from '../doctor/kill-switch.ts'
import { lookAtLedger } from '../doctor/ledger.ts'
import { lookAtLocks } from '../doctor/locks.ts'
import { canRead, lookAtDisk, lookAtPaths } from '../doctor/paths.ts'
import { lookAtReceipts } from '../doctor/receipts.ts'
import { lookAtRollout } from '../doctor/rollout.ts'
import { lookAtRouter } from '../doctor/router.ts'
import { lookAtState } from '../doctor/state.ts'
import { doctorExit, verdictOf, type Verdict } from '../doctor/verdict.ts'
import { explained } from '../rights.ts'
import { doctorLines } from '../show/doctor.ts'

/** Everything that was looked at, also what is well. */
export interface Diagnosed extends Verdict {
  readonly dataDir: string
  readonly findings: readonly Finding[]
}

const LOOKS: Readonly<Record<Area, Look>> = {
  environment: lookAtEnvironment,
  paths: lookAtPaths,
  disk: lookAtDisk,
  clock: lookAtClock,
  locks: lookAtLocks,
  ledger: lookAtLedger,
  state: lookAtState,
  rollout: lookAtRollout,
  receipts: lookAtReceipts,
  router: lookAtRouter,
  'kill switch': lookAtKillSwitch,
}

/** Without a data directory that may be read there is nothing else to look at. */
const WITHOUT: ReadonlySet<Area> = new Set(['environment', 'paths'])

export const command: Command<Diagnosed> = {
  async run(context) {
    const findings: Finding[] = []
    const isOpen = await canRead(context.dataDir)
    for (const area of AREAS) {
      if (!WITHOUT.has(area) && !isOpen) continue
      context.progress(`looking at: ${area}`)
      findings.push(...(await looked(area, context)))
    }
    const next = [...new Set(findings.flatMap(({ next: one }) => one ?? []))]
    return {
      code: doctorExit(findings),
      data: { dataDir: context.dataDir, ...verdictOf(findings), findings },
      next: next.slice(0, 3),
    }
  },
  show: doctorLines,
}

/** What cannot be looked at is a finding too. */
async function looked(area: Area, context: Context): Promise<Finding[]> {
  try {
    return (await LOOKS[area](context)).map((said) => ({ area, ...said }))
  } catch (error) {
    context.signal.throwIfAborted()
    const { message, next = [] } = explained(error) as Error & { readonly next?: readonly string[] }
    return [{ area, ...problem(`it cannot be looked at: ${message}`, next[0] ?? null) }]
  }
}
