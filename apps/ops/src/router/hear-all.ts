import { OpsError } from '../errors.ts'
import { livingPids } from '../rollout/routers.ts'
import { processStatus, type ProcessStatus } from './admin.ts'
import type { Asking } from './exchange.ts'
import type { RouterPlace } from './find-router.ts'

/** What the processes of a router say. */
export interface Heard {
  /** By process id, ascending. */
  readonly statuses: readonly ProcessStatus[]
  /** Process ids of those that live and have not said what was waited for. */
  readonly missing: readonly number[]
}

/** Whom to ask, how long, and what is awaited. */
export interface HearOptions extends Asking {
  readonly dataDir: string
  /** How long to go on asking, in ms. */
  readonly waitMs: number
  /** What each process is to say. Default: anything. */
  readonly isEnough?: (status: ProcessStatus) => boolean
}

/** How long to look for every process of a router, in ms: one that answers takes a few. */
export const LOOK_MS = 1_500

/** Longest wait for one answer, in ms: whoever hangs must not keep the others from being heard. */
const ANSWER_MS = 1_000
const PAUSE_MS = 25
/** Nobody can say which process takes a connection, so several are opened at once. */
const AT_ONCE = 6

/**
 * Asks until every process that lives has said what is waited for: one that was killed meanwhile is not waited for, and its successor is.
 * Where the data directory knows of no process, as with a router elsewhere, one answer is all that can be had.
 * @throws what `processStatus` throws, if nobody answers, or none can be expected to.
 */
export async function hearAll(place: RouterPlace, options: HearOptions): Promise<Heard> {
  const { clock, signal, waitMs, isEnough = () => true } = options
  const heard = new Map<number, ProcessStatus>()
  const startMs = clock.monotonicMs()
  for (;;) {
    signal.throwIfAborted()
    const leftMs = Math.max(1, waitMs - (clock.monotonicMs() - startMs))
    const limitMs = Math.min(ANSWER_MS, leftMs)
    const answers = await Promise.allSettled(
      Array.from({ length: AT_ONCE }, () => processStatus(place, limitMs, { clock, signal })),
    )
    for (const answer of answers) {
      if (answer.status === 'fulfilled') heard.set(answer.value.pid, answer.value)
      else if (!isPassing(answer.reason, heard.size > 0)) throw answer.reason
    }
    const found = await sorted(heard, place, options, isEnough)
    if (found.missing.length === 0 && found.statuses.length > 0) return found
    if (clock.monotonicMs() - startMs >= waitMs) {
      if (found.statuses.length > 0) return found
      throw (answers.find(({ status }) => status === 'rejected') as PromiseRejectedResult).reason
    }
    await clock.sleep(PAUSE_MS, signal)
  }
}

async function sorted(
  heard: ReadonlyMap<number, ProcessStatus>,
  { by }: RouterPlace,
  { dataDir, clock }: HearOptions,
  isEnough: (status: ProcessStatus) => boolean,
): Promise<Heard> {
  const living = await livingPids({ dataDir, clock })
  const isElsewhere = living.every((pid) => !heard.has(pid))
  // Where the address was given, the directory may be another router's.
  if (living.length === 0 || (isElsewhere && heard.size > 0 && !by.endsWith('admin.json'))) {
    const statuses = [...heard.values()]
    return { statuses, missing: statuses.filter((one) => !isEnough(one)).map(({ pid }) => pid) }
  }
  const statuses = living.flatMap((pid) => heard.get(pid) ?? [])
  const saying = new Set(statuses.filter(isEnough).map(({ pid }) => pid))
  return { statuses, missing: living.filter((pid) => !saying.has(pid)) }
}

/** Whether it may be otherwise in a moment: a process that hangs, or one that is just being replaced. */
const isPassing = (error: unknown, hasAnswered: boolean): boolean =>
  error instanceof OpsError &&
  (error.code === 'OPS_TIMEOUT' || (error.code === 'OPS_UNREACHABLE' && hasAnswered))
