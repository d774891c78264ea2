import type { Opening, Takeover } from './engine.ts'
import { heldToken, type FreeToken, freeToken, type HeldToken, type Token } from './entry-name.ts'
import type { Liveness, LockOwner } from './owner.ts'

/**
 * The protocol, as rules over values. `model-check.test.ts` plays them for up to four processes in every
 * order of steps, with a crash at any point.
 */

/** Whether, and why, the lock behind `token` can be had now; null when it cannot. */
export function openingOf(
  token: Token,
  takeover: Takeover,
  liveness: (owner: LockOwner) => Liveness,
  isLeaseOver: (token: HeldToken) => boolean,
): Opening | null {
  if (token.kind === 'free') return 'free'
  const seen = liveness(token.owner)
  if (seen === 'dead') return 'dead'
  // Asked only now: one who looks away from a lease while its owner lives would later think it long unmoved.
  if (seen === 'alive' && takeover === 'dead') return null
  return isLeaseOver(token) ? 'lease' : null
}

/** What `from` is renamed to by one who takes the lock. */
export function claimed(from: Token, owner: LockOwner, wallMs: number): HeldToken {
  return heldToken(nextFence(from, owner.boot, wallMs), owner)
}

/** What `held` is renamed to by one who gives the lock back, or takes it from its holder without wanting it. */
export function freed(held: HeldToken): FreeToken {
  return freeToken(held.fence, held.owner.boot)
}

/** What a directory is born with. */
export function firstToken(boot: string, wallMs: number): FreeToken {
  return freeToken(wallMs * 1000, boot)
}

/**
 * One more than the last. After a restart of the machine, at least the time in µs: a power cut may have undone the
 * last renames, and their numbers must not come back. No lock changes hands a million times a second, so the
 * numbers given out since the directory was made lie below that.
 */
function nextFence(from: Token, boot: string, wallMs: number): number {
  const lastBoot = from.kind === 'free' ? from.boot : from.owner.boot
  const next = lastBoot === boot ? from.fence + 1 : Math.max(from.fence + 1, wallMs * 1000)
  if (!Number.isSafeInteger(next)) throw new RangeError(`no fence is left after ${from.fence}`)
  return next
}
