import { join } from 'node:path'
import {
  createRollout,
  effectiveRollout,
  type Acknowledgement,
  type EffectiveRollout,
} from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { RouterSeen } from './routers.ts'

/** A move that a router did not confirm is made, and is no success; nor is one that was not waited for, as after Ctrl-C. */
export function obedienceExit(
  acknowledgement: Acknowledgement | null,
  { signal }: Pick<Context, 'signal'>,
): ExitCode {
  return acknowledgement?.kind === 'unacknowledged' || signal.aborted ? EXIT.degraded : EXIT.ok
}

/** How routers are to act. */
export interface Wanted extends Pick<EffectiveRollout, 'pilot' | 'because'> {
  /** The last change of the rollout; null where its journal cannot be trusted. */
  readonly seq: number | null
}

/** How the routers of a data directory are to act, by the files that they look at. Changes nothing. */
export async function wantedIn({ dataDir, clock }: Context): Promise<Wanted> {
  const rollout = createRollout({ directory: join(dataDir, 'rollout'), clock })
  const { pilot, because } = effectiveRollout(rollout.look(), { kill: false, enabled: true })
  const seq = await rollout.state().then(
    (state) => state.seq,
    () => null, // What is wrong with the journal is told of the rollout.
  )
  return { pilot, because, seq }
}

/**
 * How a router stands to the rollout. `apart`: by what was set for its process it goes by no stage. `differs`: it acts by another share, or
 * has not seen the last change. `silent`: it cannot be read what it acts by. `hangs`: it lives, and what it said last may be long past.
 */
export type Stance = 'obeys' | 'apart' | 'differs' | 'silent' | 'hangs'

/** A process shows every second that it lives; ten that stay away are no pause. */
const HANGS_MS = 10_000

/** Decides. */
export function stanceOf(
  { pilot, because, seq, quietMs }: Omit<RouterSeen, 'worker' | 'pid' | 'sinceMs'>,
  wanted: Wanted,
): Stance {
  if (quietMs !== null && quietMs > HANGS_MS) return 'hangs'
  if (pilot === null || seq === null) return 'silent'
  // Switches of its own only ever make it more careful, which is no difference where nobody is to be live.
  const isSwitched = because === 'kill' || because === 'disabled'
  if (isSwitched && wanted.pilot > 0) return 'apart'
  if (because === 'fixed' && wanted.because !== 'rollback') return 'apart'
  const hasSeen = wanted.seq === null || seq >= wanted.seq || wanted.pilot === 0
  return pilot === wanted.pilot && hasSeen ? 'obeys' : 'differs'
}
