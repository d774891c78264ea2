import type { Clock } from '@holdfast/seams'
import type { FreeToken } from './entry-name.ts'
import * as disk from './lock-directory.ts'
import { quietMs, type Memory } from './memory.ts'
import { firstToken } from './next-move.ts'
import type { LockOwner } from './owner.ts'
import type { View } from './view.ts'

export interface Birth {
  readonly directory: string
  readonly memory: Memory
  readonly maker: LockOwner
  readonly staleMs: number
  readonly clock: Clock
  isDead(owner: LockOwner): boolean
}

/** How long nothing may move in a directory without a token before it is mended. Longer than the clock of a file system ticks. */
const DAMAGED_MS = 20

/** Makes a directory where there is none, or none that works. True if it is worth looking again at once. */
export async function makeDirectory(
  view: Extract<View, { kind: 'absent' | 'foreign' | 'damaged' }>,
  birth: Birth,
): Promise<boolean> {
  const { directory, memory, maker, staleMs, clock } = birth
  let isEmptyOurs: (() => boolean) | undefined
  if (view.kind !== 'absent') {
    const stamp = disk.stampOf(directory)
    if (stamp === null) return true
    const isForeign = view.kind === 'foreign'
    if (quietMs(memory, '', stamp) < (isForeign ? staleMs : DAMAGED_MS)) {
      if (isForeign) return false
      // A listing that is read while the token moves may miss it, where the system reads in parts. So the token is missing only
      // if nothing in the directory has moved for a while.
      await clock.sleep(DAMAGED_MS)
      return true
    }
    if (view.kind === 'damaged') for (const name of view.names) disk.drop(directory, name)
    isEmptyOurs = isForeign
      ? () => disk.stampOf(directory) === stamp
      : () => disk.look(directory).kind === 'foreign'
  }
  const draw = async (): Promise<FreeToken> => firstToken(maker.boot, await nextMs(clock))
  await disk.create(directory, draw, maker, isEmptyOurs)
  disk.sweep(directory, (owner) => birth.isDead(owner))
  return true
}

/**
 * Waits for the next ms to begin, in ms since 1970. Two directories made after one another then never begin with the
 * same number, however quickly the first was removed.
 */
async function nextMs(clock: Clock): Promise<number> {
  const next = clock.wallMs() + 1
  // The bound is for a clock that is set back at this very moment.
  for (let waits = 0; waits < 10 && clock.wallMs() < next; waits += 1) await clock.sleep(1)
  return next
}
