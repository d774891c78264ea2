import { choice, known, length, shown, whole } from './check.ts'
import type { OpenCause } from './cause.ts'
import { FAILURE_KINDS } from './kinds.ts'
import type { WindowContent } from './window.ts'

/** What a breaker knows, as JSON. What it refuses by hand, its mode and its rules are not part of it. */
export interface BreakerSnapshot {
  readonly version: 1
  readonly name: string
  /** Probes of one process cannot answer to another, so a breaker that probes is written down as open, with no time left. */
  readonly state: 'closed' | 'open'
  readonly era: number
  /** How many times it has opened since it was last closed. */
  readonly attempt: number
  /** Wall clock, so that the time between two processes counts. */
  readonly takenAtMs: number
  /** What was left of the open time then, in ms. */
  readonly retryInMs: number
  /** Why it is open; null when it is not. */
  readonly cause: OpenCause | null
  readonly window: WindowContent
}

/**
 * How much of the open time is left at `wallMs`. If the wall clock was set back, no more than when it was written down.
 */
export function timeLeftMs({ retryInMs, takenAtMs }: BreakerSnapshot, wallMs: number): number {
  return Math.max(0, retryInMs - agedMs(takenAtMs, wallMs))
}

/** How old it is, in ms ≥ 0. */
export function agedMs(takenAtMs: number, wallMs: number): number {
  return Math.max(0, wallMs - takenAtMs)
}

const CALLS = /^[0-9a-e]*$/

/** @throws {RangeError | TypeError} naming the field of the snapshot that cannot be. */
export function checkedSnapshot(snapshot: BreakerSnapshot): void {
  known('snapshot', snapshot, [
    'version',
    'name',
    'state',
    'era',
    'attempt',
    'takenAtMs',
    'retryInMs',
    'cause',
    'window',
  ])
  choice('snapshot.version', snapshot.version, [1])
  choice('snapshot.state', snapshot.state, ['closed', 'open'])
  const isOpen = snapshot.state === 'open'
  whole('snapshot.era', snapshot.era, 0, Number.MAX_SAFE_INTEGER)
  whole('snapshot.attempt', snapshot.attempt, isOpen ? 1 : 0, isOpen ? Number.MAX_SAFE_INTEGER : 0)
  length('snapshot.takenAtMs', snapshot.takenAtMs, '≥ 0')
  length('snapshot.retryInMs', snapshot.retryInMs, '≥ 0')
  if (isOpen) checkCause(snapshot.cause)
  checkContent(snapshot.window)
}

const CAUSES: readonly OpenCause['kind'][] = [
  'failure-ratio',
  'slow-ratio',
  'consecutive-failures',
  'consecutive-slow',
  'probes-failed',
  'probes-slow',
  'unanswered',
  'asked',
  'tripped',
  'isolated',
]

function checkCause(cause: OpenCause | null): void {
  if (cause === null) throw new TypeError('snapshot.cause must be an object, got null')
  known('snapshot.cause', cause, ['kind', 'failure', 'failureRatio', 'slowRatio', 'reason'])
  choice('snapshot.cause.kind', cause.kind, CAUSES)
  choice('snapshot.cause.failure', cause.failure, [null, ...FAILURE_KINDS])
  for (const field of ['failureRatio', 'slowRatio'] as const) {
    if (cause[field] !== null) length(`snapshot.cause.${field}`, cause[field], '≥ 0')
  }
  if (cause.reason === null || typeof cause.reason === 'string') return
  throw new TypeError(`snapshot.cause.reason must be a text or null, got ${shown(cause.reason)}`)
}

function checkContent(window: WindowContent): void {
  known('snapshot.window', window, ['kind', 'calls', 'buckets', 'failures', 'slow'])
  choice('snapshot.window.kind', window.kind, ['count', 'time', 'consecutive'])
  switch (window.kind) {
    case 'count':
      if (typeof window.calls === 'string' && CALLS.test(window.calls)) return
      throw new TypeError(
        `snapshot.window.calls must be hexadecimal digits, got ${shown(window.calls)}`,
      )
    case 'time':
      if (Array.isArray(window.buckets) && window.buckets.every(isBucket)) return
      throw new TypeError('snapshot.window.buckets must be lists of four whole numbers ≥ 0')
    case 'consecutive':
      for (const field of ['calls', 'failures', 'slow'] as const) {
        whole(`snapshot.window.${field}`, window[field], 0, Number.MAX_SAFE_INTEGER)
      }
  }
}

function isBucket(bucket: unknown): boolean {
  return (
    Array.isArray(bucket) &&
    bucket.length === 4 &&
    bucket.every((value) => Number.isSafeInteger(value) && value >= 0)
  )
}
