import type { Clock } from '@holdfast/seams'
import { KEY_BYTES } from './decision-id.ts'

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

export function pendingTable(options: PendingOptions): PendingTable {
  const { limit, deadlineMs, clock, isRewarded, onGivenUp } = options
  // In the order they came, which is nearly that of their times.
  const decisions = new Map<string, PendingDecision>()
  /** Those of this process that had no reward when somebody last looked. */
  const own = new Map<string, PendingDecision>()

  const sweep = (): void => {
    const oldestMs = clock.wallMs() - deadlineMs
    let givenUp = 0
    for (const [name, { key, atMs }] of decisions) {
      if (atMs >= oldestMs && decisions.size <= limit) break
      decisions.delete(name)
      if (own.delete(name) && !isRewarded(key)) givenUp += 1
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
      decisions.set(name, decision)
      if (isOwn) own.set(name, decision)
      sweep()
    },
    find: (key) => decisions.get(nameOf(key)),
    sweep,
  }
}

const nameOf = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, KEY_BYTES).toString('latin1')
