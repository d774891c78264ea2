import { join } from 'node:path'
import { readJson, replaceJson, type ReplaceJsonOptions } from '@holdfast/atomic-json'
import { continues, newCarry, type Carry } from '../evidence/carry.ts'
import type { ComparisonSettings } from '../evidence/comparison.ts'
import { STAKES } from '../statistics/betting.ts'
import type { RolloutState } from '../rollout/state.ts'

/** How far back evidence is read again when nothing was carried: 60 days. */
const FARTHEST_MS = 60 * 86_400_000

/**
 * The evidence so far. It is a sum over the ledger, kept so that the ledger need not be read again: where it is missing, broken or of other
 * settings, it begins anew, and is summed up from the beginning of the rollout.
 */
export async function readCarry(
  directory: string,
  { epoch, epochSinceMs }: RolloutState,
  settings: ComparisonSettings,
  toMs: number,
): Promise<Carry> {
  const found = await readJson<Carry>(carryPath(directory), { onCorrupt: 'answer' })
  if (found.kind === 'ok' && isCarry(found.value) && continues(found.value, epoch, settings)) {
    return found.value
  }
  return newCarry(epoch, Math.max(epochSinceMs, toMs - FARTHEST_MS), settings)
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
  const { version, compared, medians, upToMs, sinceMs } = value ?? {}
  return (
    version === 1 &&
    Number.isSafeInteger(upToMs) &&
    Number.isSafeInteger(sinceMs) &&
    Array.isArray(medians) &&
    isWager(compared?.gain) &&
    isWager(compared?.harm)
  )
}

function isWager(wager: { readonly logCapitals?: readonly number[] } | undefined): boolean {
  return wager?.logCapitals?.length === STAKES.length
}
