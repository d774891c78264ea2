import type { Tree } from './command.ts'
import { breakers } from './tree/breakers.ts'
import { completion, completionValues } from './tree/completion.ts'
import { config } from './tree/config.ts'
import { doctor } from './tree/doctor.ts'
import { freeze, unfreeze } from './tree/freeze.ts'
import { gate } from './tree/gate.ts'
import { health } from './tree/health.ts'
import { ledger } from './tree/ledger.ts'
import { locks } from './tree/locks.ts'
import { pilot } from './tree/pilot.ts'
import { promote } from './tree/promote.ts'
import { receipts } from './tree/receipts.ts'
import { report } from './tree/report.ts'
import { rollback } from './tree/rollback.ts'
import { runs } from './tree/runs.ts'
import { schedule } from './tree/schedule.ts'
import { state } from './tree/state.ts'
import { status } from './tree/status.ts'

/** All commands, in the order in which help names them. */
export const TREE: Tree = [
  status,
  doctor,
  report,
  gate,
  promote,
  rollback,
  freeze,
  unfreeze,
  receipts,
  state,
  ledger,
  runs,
  health,
  breakers,
  schedule,
  locks,
  config,
  completion,
  completionValues,
  pilot,
]
