/** The reason of a check's signal when its time is up. The check counts as failed. */
export class CheckTimeoutError extends Error {
  override readonly name = 'CheckTimeoutError'
  readonly code = 'CHECK_TIMED_OUT'
  readonly check: string
  /** The time it had, in ms. */
  readonly timeoutMs: number

  constructor(check: string, timeoutMs: number) {
    super(`${check}: timed out after ${timeoutMs} ms`)
    this.check = check
    this.timeoutMs = timeoutMs
  }
}

/** The reason of a check's signal when it was taken away, or the health that ran it was stopped. Nothing is recorded. */
export class CheckCancelledError extends Error {
  override readonly name = 'CheckCancelledError'
  readonly code = 'CHECK_CANCELLED'
  readonly check: string

  constructor(check: string) {
    super(`${check}: nobody waits for this check any more`)
    this.check = check
  }
}

/** The reason of a phase's signal when its own time, or that of the whole stop, is up. What it did until then stands. */
export class PhaseTimeoutError extends Error {
  override readonly name = 'PhaseTimeoutError'
  readonly code = 'PHASE_TIMED_OUT'
  readonly phase: string
  /** How long it ran, in ms. */
  readonly tookMs: number

  constructor(phase: string, tookMs: number) {
    super(`${phase}: not stopped after ${Math.round(tookMs)} ms`)
    this.phase = phase
    this.tookMs = tookMs
  }
}

/** Thrown by `onStop` once the stop has begun: the phase would never run. Close what was opened yourself. */
export class LifecycleStoppingError extends Error {
  override readonly name = 'LifecycleStoppingError'
  readonly code = 'LIFECYCLE_STOPPING'
  readonly phase: string

  constructor(phase: string, reason: string) {
    super(`${phase}: comes too late, the stop has begun (${reason})`)
    this.phase = phase
  }
}

/** What an error says, and what it was caused by: "fetch failed" alone says nothing. */
export function messageOf(error: unknown): string {
  const parts: string[] = []
  for (let next = error; next !== undefined && next !== null && parts.length < 3;) {
    parts.push(ownMessage(next))
    next = next instanceof Error ? next.cause : undefined
  }
  return parts.length === 0 ? String(error) : parts.join(': ')
}

/** Some errors of the system, such as those of several addresses that were tried, have a code and no message. */
function ownMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { readonly code?: unknown }
  return error.message === '' && typeof code === 'string' ? code : error.message
}
