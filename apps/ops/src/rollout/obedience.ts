import type { Acknowledgement } from '@holdfast/promotion'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** A move that a router did not confirm is made, and is no success. */
export function obedienceExit(acknowledgement: Acknowledgement | null): ExitCode {
  return acknowledgement?.kind === 'unacknowledged' ? EXIT.degraded : EXIT.ok
}
