import type { Acknowledgement } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** A move that a router did not confirm is made, and is no success; nor is one that was not waited for, as after Ctrl-C. */
export function obedienceExit(
  acknowledgement: Acknowledgement | null,
  { signal }: Pick<Context, 'signal'>,
): ExitCode {
  return acknowledgement?.kind === 'unacknowledged' || signal.aborted ? EXIT.degraded : EXIT.ok
}
