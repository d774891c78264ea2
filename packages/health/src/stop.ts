import type { Clock, Observe } from '@holdfast/seams'
import { PhaseTimeoutError } from './errors.ts'
import type { LifecycleFact } from './facts.ts'
import { pledge } from './pledge.ts'

/** What a phase does. Its signal is aborted when its time is up; nobody waits for it after that. */
export type PhaseWork = (signal: AbortSignal) => void | Promise<void>

export interface Phase {
  readonly name: string
  readonly work: PhaseWork
  readonly after: readonly string[]
  /** Null: until the deadline of the whole. */
  readonly timeoutMs: number | null
}

/** How a phase ended. `hung`: its time was up. `skipped`: the time of the whole was up before it could begin. */
export interface PhaseResult {
  readonly name: string
  readonly outcome: 'done' | 'failed' | 'hung' | 'skipped'
  /** 0 for one that was skipped. */
  readonly tookMs: number
  /** What a phase that failed threw. */
  readonly error?: unknown
  /** What a phase that was skipped was to come after, and did not end. */
  readonly waitedFor?: readonly string[]
}

/** How a stop went. */
export interface StopResult {
  readonly reason: string
  /** Whether every phase was done. */
  readonly isClean: boolean
  readonly tookMs: number
  /** In the order they were added. */
  readonly phases: readonly PhaseResult[]
}

export interface StopPlace {
  readonly reason: string
  /** What failed before the first phase. */
  readonly before: readonly PhaseResult[]
  /** Every name a phase ever had. */
  readonly known: ReadonlySet<string>
  readonly drainMs: number
  readonly deadlineMs: number
  readonly clock: Clock
  readonly observe: Observe<LifecycleFact>
}

/** Waits out the drain and runs the phases. Never rejects. */
export async function runStop(phases: readonly Phase[], place: StopPlace): Promise<StopResult> {
  const { reason, before, known, drainMs, deadlineMs, clock, observe } = place
  const startMs = clock.monotonicMs()
  const byName = new Map(phases.map((phase) => [phase.name, phase]))
  const ends = new Map<string, Promise<PhaseResult>>()
  let isTimeUp = false

  const endOf = (phase: Phase): Promise<PhaseResult> => {
    const end = ends.get(phase.name) ?? run(phase)
    ends.set(phase.name, end)
    return end
  }

  const run = async (phase: Phase): Promise<PhaseResult> => {
    for (const after of phase.after.filter((name) => !known.has(name))) {
      observe({ kind: 'lifecycle.phase-missing', phase: phase.name, after })
    }
    const awaited = phase.after.flatMap((name) => byName.get(name) ?? [])
    const over = await Promise.all(awaited.map(endOf))
    if (isTimeUp) {
      const isUnfinished = ({ outcome }: PhaseResult): boolean =>
        outcome === 'hung' || outcome === 'skipped'
      const waitedFor = over.filter(isUnfinished).map(({ name }) => name)
      return { name: phase.name, outcome: 'skipped', tookMs: 0, waitedFor }
    }
    const leftMs = Math.max(0, startMs + deadlineMs - clock.monotonicMs())
    const isLast = phase.timeoutMs === null || phase.timeoutMs >= leftMs
    const timeoutMs = isLast ? leftMs : (phase.timeoutMs ?? leftMs)
    const result = await runPhase(phase, timeoutMs, clock)
    if (result.outcome === 'hung' && isLast) isTimeUp = true
    return result
  }

  for (const result of before) observe(factOf(result))
  if (drainMs > 0) await clock.sleep(drainMs)
  const ended = await Promise.all(
    phases.map(async (phase) => {
      const result = await endOf(phase)
      observe(factOf(result))
      return result
    }),
  )
  const results = [...before, ...ended]
  const isClean = results.every(({ outcome }) => outcome === 'done')
  const tookMs = clock.monotonicMs() - startMs
  observe({ kind: 'lifecycle.stopped', reason, isClean, tookMs })
  return { reason, isClean, tookMs, phases: results }
}

/** Runs one phase, and leaves it behind when its time is up. */
async function runPhase(phase: Phase, timeoutMs: number, clock: Clock): Promise<PhaseResult> {
  const { name, work } = phase
  const startMs = clock.monotonicMs()
  const tookMs = (): number => clock.monotonicMs() - startMs
  const controller = new AbortController()
  const timeUp = pledge<'time is up'>()
  const timer = clock.after(timeoutMs, () => timeUp.resolve('time is up'))
  // Called in a function of its own, so that one that throws at once is like one that rejects.
  const done = (async () => await work(controller.signal))().then(
    (): PhaseResult => ({ name, outcome: 'done', tookMs: tookMs() }),
    (error: unknown): PhaseResult => ({ name, outcome: 'failed', tookMs: tookMs(), error }),
  )
  const result = await Promise.race([done, timeUp.promise])
  timer.cancel()
  if (result !== 'time is up') return result
  controller.abort(new PhaseTimeoutError(name, tookMs()))
  return { name, outcome: 'hung', tookMs: tookMs() }
}

function factOf(result: PhaseResult): LifecycleFact {
  const { name: phase, outcome, tookMs, error, waitedFor = [] } = result
  if (outcome === 'failed') return { kind: 'lifecycle.phase-failed', phase, tookMs, error }
  if (outcome === 'hung') return { kind: 'lifecycle.phase-hung', phase, tookMs }
  if (outcome === 'skipped') return { kind: 'lifecycle.phase-skipped', phase, waitedFor }
  return { kind: 'lifecycle.phase-done', phase, tookMs }
}
