import { join } from 'node:path'
import { readJson, replaceJson, type ReplaceJsonOptions } from '@holdfast/atomic-json'
import { fanOut } from '@holdfast/seams'
import { continues, newCarry, type Carry } from '../evidence/carry.ts'
import { areBuckets } from '../evidence/buckets.ts'
import type { Window } from '../evidence/row.ts'
import type { RolloutState } from '../rollout/state.ts'
import type { DailySettings } from './options.ts'

/** How far back evidence is read again when nothing was carried: 60 days. */
const DAY_MS = 86_400_000
const FARTHEST_MS = 60 * DAY_MS

/**
 * The evidence so far. It is a sum over the ledger, kept so that the ledger need not be read again: where it is missing, broken or of other
 * settings, it begins anew, and is summed up from the beginning of the rollout. So it does, and it is told, where it ends after the window
 * begins: a clock that was ahead made it, and what came since would never be compared.
 */
export async function readCarry(
  directory: string,
  { epoch, epochSinceMs }: RolloutState,
  { comparison, observe }: Pick<DailySettings, 'comparison' | 'observe'>,
  { fromMs, toMs }: Window,
): Promise<Carry> {
  const path = carryPath(directory)
  const found = await readJson<Carry>(path, { onCorrupt: 'answer' })
  const anew = newCarry(epoch, Math.max(epochSinceMs, toMs - FARTHEST_MS), comparison)
  // Days are as good a count of looks as there is: the chance to be wrong is not given out twice.
  const looks = Math.max(0, Math.ceil((fromMs - anew.sinceMs) / DAY_MS))
  if (found.kind === 'missing') return { ...anew, looks }
  if (found.kind !== 'ok' || !isCarry(found.value)) {
    fanOut(observe)({ kind: 'promotion.evidence-anew', path, reason: 'it cannot be read' })
    return { ...anew, looks }
  }
  const carry = found.value
  // Another rollout, or another question: nothing was given out yet.
  if (!continues(carry, epoch, comparison)) return anew
  if (carry.upToMs <= Math.max(epochSinceMs, fromMs)) return carry
  const reason = `it ends ${new Date(carry.upToMs).toISOString()}, after the window begins`
  fanOut(observe)({ kind: 'promotion.evidence-anew', path, reason })
  const medians = carry.medians.filter(({ atMs }) => atMs <= toMs)
  return { ...anew, looks: Math.max(looks, carry.looks), medians }
}

export async function writeCarry(
  directory: string,
  carry: Carry,
  options: Pick<ReplaceJsonOptions<Carry>, 'clock' | 'random'>,
): Promise<void> {
  await replaceJson(carryPath(directory), carry, { ...options, pretty: true })
}

function carryPath(directory: string): string {
  return join(directory, 'rollout-evidence.json')
}

function isCarry(value: Partial<Carry> | null): boolean {
  const { version, compared, medians, upToMs, sinceMs, looks, seen } = value ?? {}
  return (
    version === 1 &&
    [upToMs, sinceMs, looks, seen].every(Number.isSafeInteger) &&
    Array.isArray(medians) &&
    areBuckets(compared?.buckets)
  )
}
