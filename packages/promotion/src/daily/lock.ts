import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { acquireLock, inspectLock, tryLock, type Lock } from '@holdfast/file-lock'
import { systemCode } from '../errors.ts'
import type { DailySettings } from './options.ts'
import type { DailyOutcome } from './outcome.ts'

/** Age from which a lock may be taken whose holder cannot be proven alive, and a living holder counts as stuck, in ms. */
const STALE_MS = 1_800_000
/** A lock that stood still for `STALE_MS` is watched for so long before it is taken: a sign of life ends that. */
const LAST_LOOK_MS = 2_000

type Busy = Extract<DailyOutcome, { readonly kind: 'busy' }>

/**
 * Does the work of a daily job under its lock, or says who has that. It is never taken from a living owner; where no owner can be found, or
 * nothing be known of it, after 30 minutes without a sign of life. A dry run only looks at the lock: to take it would write.
 */
export async function underDailyLock(
  settings: DailySettings,
  work: () => Promise<DailyOutcome>,
): Promise<DailyOutcome> {
  if (settings.isDryRun) return (await busyNow(settings)) ?? (await work())
  const lock = await lockOrBusy(settings)
  if ('isStuck' in lock) return lock
  await using held = lock
  const outcome = await work()
  held.assertValid()
  return outcome
}

/** Who would stand in the way of a job that takes the lock now; null where nobody would. */
async function busyNow(settings: DailySettings): Promise<Busy | null> {
  const { lockPath, clock } = settings
  if (!existsSync(`${lockPath}.lock`)) return null
  const file = await fileInTheWay(settings)
  if (file !== null) return file
  const { state, liveness } = await inspectLock(lockPath, { clock })
  if (state === 'free' || liveness === 'dead') return null
  const holder = await holderOf(settings)
  return isInTheWay(holder) ? busy(settings, holder) : null
}

async function lockOrBusy(settings: DailySettings): Promise<Lock | Busy> {
  const { lockPath, clock, random, observe } = settings
  const terms = { takeover: 'dead', createDirectory: true, clock, random, observe } as const
  try {
    return await tryLock(lockPath, { ...terms, staleMs: STALE_MS })
  } catch (error) {
    const file = systemCode(error) === 'LOCK_NOT_A_DIRECTORY' ? await fileInTheWay(settings) : null
    if (file !== null) return file
    if (!isTaken(error)) throw error
  }
  const holder = await holderOf(settings)
  if (isInTheWay(holder)) return busy(settings, holder)
  try {
    return await acquireLock(lockPath, {
      ...terms,
      staleMs: LAST_LOOK_MS,
      waitMs: 2 * LAST_LOOK_MS,
    })
  } catch (error) {
    if (!isTaken(error)) throw error
    return busy(settings, await holderOf(settings))
  }
}

function isTaken(error: unknown): boolean {
  return ['LOCK_EXISTS', 'LOCK_TIMEOUT'].includes(systemCode(error))
}

interface Holder {
  /** Proven, and not only not disproved. */
  readonly isAlive: boolean
  readonly name: string
  readonly heldMs: number
  readonly quietMs: number
}

const isInTheWay = ({ isAlive, quietMs }: Holder): boolean => isAlive || quietMs < STALE_MS

async function holderOf({ lockPath, clock }: DailySettings): Promise<Holder> {
  const { owner, liveness, heldMs, quietMs, lock } = await inspectLock(lockPath, { clock })
  if (owner !== null) {
    const name = `process ${owner.pid}${liveness === 'alive' ? '' : ', of which nothing is known'}`
    return { isAlive: liveness === 'alive', name, heldMs: heldMs ?? 0, quietMs: quietMs ?? 0 }
  }
  // Whoever made the directory left no name. It was changed when the lock was taken, or shown to be held.
  const ageMs = await ageOf(lock, clock.wallMs())
  const name = 'someone who left no name'
  return { isAlive: false, name, heldMs: ageMs, quietMs: ageMs }
}

function busy({ lockPath }: DailySettings, { name, heldMs }: Holder): Busy {
  const reason = `${lockPath}.lock is held by ${name}, for ${minutes(heldMs)}`
  return { kind: 'busy', heldMs, isStuck: heldMs >= STALE_MS, reason }
}

/** An earlier job locked with a file where a directory belongs. It is not touched: nobody can tell whether that job lives. */
async function fileInTheWay({ lockPath, clock }: DailySettings): Promise<Busy | null> {
  const path = `${lockPath}.lock`
  const found = await stat(path).catch(() => null)
  if (found?.isFile() !== true) return null
  const heldMs = Math.max(0, Math.round(clock.wallMs() - found.mtimeMs))
  const isStuck = heldMs >= STALE_MS
  const what = `${path} is a file, the lock of an earlier promotion job, ${minutes(heldMs)} old`
  const advice = isStuck
    ? 'make sure that no such job runs any more, and remove it'
    : 'it counts as running for 30 min'
  return { kind: 'busy', heldMs, isStuck, reason: `${what}; ${advice}` }
}

async function ageOf(path: string, nowMs: number): Promise<number> {
  const found = await stat(path).catch(() => null)
  return found === null ? 0 : Math.max(0, Math.round(nowMs - found.mtimeMs))
}

function minutes(ms: number): string {
  return `${Math.floor(ms / 60_000)} min`
}
