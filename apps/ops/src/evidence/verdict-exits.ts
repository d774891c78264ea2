import type { GateVerdict } from '@holdfast/promotion'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** What a verdict exits with. */
export const VERDICT_EXITS: Readonly<Record<GateVerdict, ExitCode>> = {
  go: EXIT.ok,
  'no-go': EXIT.refused,
  inconclusive: EXIT.inconclusive,
}
