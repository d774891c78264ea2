import type { Clock, Observe, Timer } from '@holdfast/seams'
import { attempt, type Attempt, type Ending } from './attempt.ts'
import { failure, readError, readResult, type Check, type Seen } from './check.ts'
import type { HealthFact } from './facts.ts'
import { createHistory, type HistoryEntry } from './history.ts'
import type { CheckSettings } from './options.ts'
import type { CheckReading } from './report.ts'
import { judged, UNSEEN, type Standing } from './standing.ts'
import type { Status } from './status.ts'

/** A check that is kept an eye on. */
export interface Watch {
  readonly settings: CheckSettings
  /** Looks unless the last result is no older than `maxAgeMs`; whoever comes during a look waits for its result. */
  refresh(maxAgeMs?: number): Promise<void>
  /** What is known now. */
  reading(): CheckReading
  history(): readonly HistoryEntry[]
  /** Looks now, and again `everyMs` after each result. */
  start(): void
  /** Looks no more, and ends the look that is under way. */
  stop(): Promise<void>
}

export interface WatchPlace {
  readonly clock: Clock
  readonly observe: Observe<HealthFact>
  readonly historyEntries: number
  /** Called after each result, with what is held of the check now, when everything here is up to date. */
  readonly recorded: (status: Status) => void
}

interface Last extends Seen {
  readonly atMs: number
  readonly tookMs: number
}

export function createWatch(
  name: string,
  check: Check,
  settings: CheckSettings,
  { clock, observe, historyEntries, recorded }: WatchPlace,
): Watch {
  const { timeoutMs, onFail } = settings
  const staleAfterMs = staleAfter(settings)
  const history = createHistory(historyEntries)
  let standing: Standing = UNSEEN
  let last: Last | null = null
  let changedAtMs: number | null = null
  let current: Attempt | null = null
  let looking: Promise<void> | null = null
  let loop: object | null = null
  let timer: Timer | null = null

  const record = (seen: Seen, tookMs: number): void => {
    const from = standing.status
    standing = judged(standing, seen.status, settings)
    const { status: to } = standing
    last = { ...seen, tookMs, atMs: clock.monotonicMs() }
    const wallMs = clock.wallMs()
    if (from !== to || changedAtMs === null) changedAtMs = wallMs
    history.add({ atMs: wallMs, status: to, seen: seen.status, message: seen.message, tookMs })
    if (from !== to) observe({ kind: 'health.changed', name, from, to, message: seen.message })
    recorded(to)
  }

  const look = async (): Promise<void> => {
    const mine = attempt(name, check, timeoutMs, clock)
    current = mine
    const ending = await mine.ending
    const tookMs = clock.monotonicMs() - mine.startedAtMs
    if (ending.kind === 'cancelled') return
    if (ending.kind === 'timed-out') observe({ kind: 'health.check-timed-out', name, timeoutMs })
    record(seenIn(ending, settings), tookMs)
  }

  /** A check that has not come back in time is not called beside itself: that it hangs is its result. */
  const stillHangs = (hanging: Attempt): void => {
    const nowMs = clock.monotonicMs()
    const tookMs = nowMs - hanging.startedAtMs
    // One that was cut off by a stop may still come back in time.
    if (tookMs < timeoutMs) return
    // One result for each time it would have had, however many ask.
    if (last !== null && nowMs - last.atMs < timeoutMs) return
    record(failure(`has hung for ${Math.round(tookMs)} ms`, onFail), tookMs)
  }

  const ensureLook = (): Promise<void> => {
    if (looking !== null) return looking
    if (current?.isPending === true) {
      stillHangs(current)
      return Promise.resolve()
    }
    looking = look().finally(() => (looking = null))
    return looking
  }

  const tick = (mine: object, pauseMs: number): void => {
    const again = (): void => {
      if (loop !== mine) return
      timer = clock.after(pauseMs, () => tick(mine, pauseMs), { keepsAlive: false })
    }
    void ensureLook().then(again)
  }

  return {
    settings,

    async refresh(maxAgeMs = settings.maxAgeMs) {
      const isFresh = last !== null && clock.monotonicMs() - last.atMs <= maxAgeMs
      if (isFresh && maxAgeMs > 0) return
      const look = ensureLook()
      current?.hold()
      await look
    },

    reading() {
      const nowMs = clock.monotonicMs()
      const ageMs = last === null ? null : nowMs - last.atMs
      const { groups } = settings
      return {
        status: ageMs !== null && ageMs > staleAfterMs ? 'unknown' : standing.status,
        seen: last?.status ?? 'unknown',
        message: last === null ? 'not looked at yet' : last.message,
        details: last?.details ?? null,
        ageMs,
        tookMs: last?.tookMs ?? null,
        hangingMs: current?.isPending === true ? nowMs - current.startedAtMs : null,
        changedAtMs,
        groups,
        onFail,
      }
    },

    history: () => history.entries(),

    start() {
      const { everyMs } = settings
      if (loop !== null || everyMs === null) return
      loop = {}
      tick(loop, everyMs)
    },

    async stop() {
      loop = null
      timer?.cancel()
      await current?.cancel()
    },
  }
}

/**
 * From what age on the last word of a check in the background counts for nothing: as long as it would have taken to turn
 * bad. Who is looked at on demand only may be quiet for as long as nobody asks.
 */
function staleAfter({ everyMs, timeoutMs, failAfter, maxAgeMs }: CheckSettings): number {
  return everyMs === null ? Infinity : Math.max(maxAgeMs, failAfter * (everyMs + timeoutMs))
}

function seenIn(ending: Exclude<Ending, { kind: 'cancelled' }>, settings: CheckSettings): Seen {
  const { onFail, timeoutMs } = settings
  if (ending.kind === 'timed-out') return failure(`timed out after ${timeoutMs} ms`, onFail)
  try {
    return ending.kind === 'answered'
      ? readResult(ending.value, onFail)
      : readError(ending.error, onFail)
  } catch {
    // An error whose message throws, say: whatever a check gives, it costs no more than this one result.
    return failure(`${ending.kind} what cannot be read`, onFail)
  }
}
