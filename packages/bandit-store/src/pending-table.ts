import type { Clock } from '@holdfast/seams'
import { KEY_BYTES, timeOf } from './decision-id.ts'

/** A decision as it is kept until its reward comes. */
export interface PendingDecision {
  readonly key: Uint8Array
  readonly atMs: number
  readonly arm: string
  /** x in steps of 2⁻¹². */
  readonly context: Int16Array
  readonly note: string
}

export interface PendingOptions {
  /** Most decisions kept. Integer ≥ 1. Beyond it the oldest give way. */
  readonly limit: number
  /** How old a decision may become, in ms > 0. */
  readonly deadlineMs: number
  readonly clock: Pick<Clock, 'wallMs'>
  /** Whether a decision has had a first reward, also from another process. */
  readonly isRewarded: (key: Uint8Array) => boolean
  /** Hears how many decisions of this process were given up without a reward. */
  readonly onGivenUp: (count: number) => void
}

/** The decisions whose reward may still come, bounded in number and in time. */
export interface PendingTable {
  /** Decisions of this process without a reward. */
  readonly awaiting: number
  /** @param isOwn whether this process made it. */
  add(decision: PendingDecision, isOwn: boolean): void
  find(key: Uint8Array): PendingDecision | undefined
  /** Gives up what is too old. It happens by itself with every `add`. */
  sweep(): void
}

/** Decisions lie in spans of time, so that the oldest are at hand in whatever order they come. */
const SPANS = 1024
const LONGEST_SPAN_MS = 600_000

export function pendingTable(options: PendingOptions): PendingTable {
  const { limit, deadlineMs, clock, isRewarded, onGivenUp } = options
  const spanMs = Math.min(deadlineMs / SPANS, LONGEST_SPAN_MS)
  const spans = new Map<number, Map<string, PendingDecision>>()
  let oldestSpan = Infinity
  let size = 0
  /** Those of this process that had no reward when somebody last looked. */
  const own = new Map<string, PendingDecision>()

  const spanOf = (atMs: number): number => Math.floor(atMs / spanMs)

  /** Removes from the oldest span what is too old or too much. @returns how many were given up. */
  const sweepOldest = (span: Map<string, PendingDecision>, oldestMs: number): number => {
    let givenUp = 0
    for (const [name, { key, atMs }] of span) {
      if (atMs >= oldestMs && size <= limit) break
      span.delete(name)
      size -= 1
      if (own.delete(name) && !isRewarded(key)) givenUp += 1
    }
    return givenUp
  }

  const sweep = (): void => {
    const oldestMs = clock.wallMs() - deadlineMs
    let givenUp = 0
    for (let span = spans.get(oldestSpan); span !== undefined; span = spans.get(oldestSpan)) {
      givenUp += sweepOldest(span, oldestMs)
      if (span.size > 0) break
      spans.delete(oldestSpan)
      oldestSpan = Infinity
      for (const at of spans.keys()) if (at < oldestSpan) oldestSpan = at
    }
    if (givenUp > 0) onGivenUp(givenUp)
  }

  return {
    get awaiting() {
      sweep()
      for (const [name, { key }] of own) if (isRewarded(key)) own.delete(name)
      return own.size
    },
    add(decision, isOwn) {
      const name = nameOf(decision.key)
      const at = spanOf(decision.atMs)
      let span = spans.get(at)
      if (span === undefined) spans.set(at, (span = new Map()))
      if (!span.has(name)) size += 1
      span.set(name, decision)
      if (at < oldestSpan) oldestSpan = at
      if (isOwn) own.set(name, decision)
      sweep()
    },
    find: (key) => spans.get(spanOf(timeOf(key, 0)))?.get(nameOf(key)),
    sweep,
  }
}

const nameOf = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, KEY_BYTES).toString('latin1')
