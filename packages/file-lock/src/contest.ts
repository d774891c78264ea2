import { makeDirectory } from './birth.ts'
import { aheadOf, mayGo, nextPace, pauseMs, takeIn, type Pace } from './courtesy.ts'
import type { Attempt, Contest, Grip, Opening, Terms } from './engine.ts'
import { ticketOf, type HeldToken, type Ticket, type Token } from './entry-name.ts'
import { LockFailedError } from './errors.ts'
import { identity, sight } from './identity.ts'
import * as disk from './lock-directory.ts'
import { memoryOf, quietMs, type Memory } from './memory.ts'
import { claimed, openingOf } from './next-move.ts'
import { judge, type Liveness, type LockOwner } from './owner.ts'
import { HEARTBEAT_MS } from './token-grip.ts'

/** How an engine takes a lock of the file system that can be had. */
export interface Taker {
  /** The engine's name, for the owner's record. */
  readonly engine: string
  /** Carries out the claim: `from` becomes `to`. Null if someone else was quicker. */
  take(from: Token, to: HeldToken, opening: Opening): Promise<Grip | null> | Grip | null
  /** What the kernel says of a holder of whom the system tells nothing here; null if it cannot say anything. */
  kernelLockOf?(owner: LockOwner): 'held' | 'free' | null
  /** An attempt is over that took nothing. */
  rest?(): void
}

/** So often one attempt looks again because someone else was quicker. */
const MOST_LOOKS = 10
/** Two heartbeats that did not come, and what a busy machine may delay them. */
const DEAD_QUIET_MS = 2.5 * HEARTBEAT_MS
/** How long one look, in which nobody waited, is good for; with a shorter fairness, a fifth of that. */
const CLEAR_MS = 5

/** A wait becomes a place in the order after this share of the fairness. Shorter ones are not worth the two calls. */
const TICKET_SHARE = 8

/** The contest for a lock of the file system, equal for all engines. */
export function openContest(directory: string, terms: Terms, taker: Taker): Contest {
  return new DirectoryContest(directory, terms, taker)
}

class DirectoryContest implements Contest {
  readonly #directory: string
  readonly #terms: Terms
  readonly #taker: Taker
  readonly #memory: Memory
  readonly #startMs: number
  #ticket: Ticket | null = null
  #pace: Pace | null = null
  /** Who stood in the way at the last look. */
  #owner: LockOwner | null = null
  #ahead = 0
  /** Whether there was room for a ticket, the last time one was put down. */
  #hasRoom = true

  constructor(directory: string, terms: Terms, taker: Taker) {
    this.#directory = directory
    this.#terms = terms
    this.#taker = taker
    this.#memory = memoryOf(directory, terms.clock)
    this.#startMs = terms.clock.monotonicMs()
  }

  async attempt(): Promise<Attempt> {
    try {
      return (await this.#quickWin()) ?? (await this.#lookAndTake())
    } finally {
      this.#taker.rest?.()
    }
  }

  leave(): void {
    if (this.#ticket !== null) disk.drop(this.#directory, this.#ticket.name)
    this.#ticket = null
  }

  /** Takes the token that we ourselves left here a moment ago, without looking. */
  async #quickWin(): Promise<Attempt | null> {
    const { left, clearAtMs } = this.#memory
    if (left === null) return null
    const clearMs = Math.min(CLEAR_MS, this.#terms.fairnessMs / 5)
    if (this.#terms.clock.monotonicMs() - clearAtMs >= clearMs) return null
    return this.#take(left, 'free')
  }

  async #lookAndTake(): Promise<Attempt> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const view = disk.look(this.#directory)
      if (view.kind === 'unknown-version') throw unknownVersion(this.#directory, view.name)
      if (view.kind === 'occupied') throw occupied(this.#directory, view.name)
      if (view.kind !== 'token') {
        if (await this.#make(view)) continue
        return this.#taken(view.kind)
      }
      const opening = this.#openingIn(view.token)
      const mayTake = this.#takeInTickets(view.tickets, view.token, opening)
      if (opening === null || !mayTake) {
        this.#queue(view.tickets)
        return this.#taken(view.token.name)
      }
      const won = await this.#take(view.token, opening)
      if (won !== null) return won
    }
    return this.#taken('')
  }

  #openingIn(token: Token): Opening | null {
    this.#owner = token.kind === 'held' ? token.owner : null
    const { takeover, staleMs } = this.#terms
    return openingOf(
      token,
      takeover,
      (owner) => this.#livenessOfHolder(owner, token.name),
      ({ name }) => this.#quietMs(name) >= staleMs,
    )
  }

  /** A holder of whom the system tells nothing may still have, or have left, a lock of the kernel. */
  #livenessOfHolder(owner: LockOwner, name: string): Liveness {
    const liveness = livenessOf(owner)
    if (liveness !== 'unknown') return liveness
    const kernelLock = this.#taker.kernelLockOf?.(owner) ?? null
    if (kernelLock === 'held') return 'alive'
    // A living process can lose its kernel lock by opening the file itself. Its heartbeat it cannot.
    return kernelLock === 'free' && this.#quietMs(name) >= DEAD_QUIET_MS ? 'dead' : 'unknown'
  }

  /** For how long nobody has seen a sign of life of the holder called `name`, in ms. */
  #quietMs(name: string): number {
    const touchedAtMs = disk.touchedAtMs(this.#directory, name)
    return touchedAtMs === null ? 0 : quietMs(this.#memory, name, String(touchedAtMs))
  }

  /** Remembers who waits. True if it is our turn, should the token be there to be had. */
  #takeInTickets(tickets: readonly Ticket[], token: Token, opening: Opening | null): boolean {
    const { courtesy } = this.#memory
    const nowMs = this.#terms.clock.monotonicMs()
    takeIn(courtesy, tickets, nowMs)
    if (tickets.length === 0) this.#memory.clearAtMs = nowMs
    const ahead = aheadOf(courtesy, tickets, this.#ticket)
    this.#ahead = ahead.length
    if (opening === null) return false
    const mayTake = mayGo(courtesy, ahead, token.name, this.#terms.fairnessMs, nowMs)
    if (!mayTake || courtesy.passedOver.size > 0) this.#dropDead(mayTake ? tickets : ahead, nowMs)
    return mayTake
  }

  /**
   * Those who died while they waited keep nobody waiting. Of some it cannot be known: whoever did not use its turn and is there for
   * as long as a lease has to take a new place, should it still wait.
   */
  #dropDead(tickets: readonly Ticket[], nowMs: number): void {
    const { firstSeenMs, passedOver } = this.#memory.courtesy
    for (const { name, owner } of tickets) {
      const isOld = nowMs - (firstSeenMs.get(name) ?? nowMs) >= this.#terms.staleMs
      const liveness = livenessOf(owner)
      const isForgotten = liveness === 'unknown' && passedOver.has(name) && isOld
      if (liveness === 'dead' || isForgotten) disk.drop(this.#directory, name)
    }
  }

  /** Takes a place in the order, once the wait is more than a moment. */
  #queue(tickets: readonly Ticket[]): void {
    const { clock, fairnessMs } = this.#terms
    if (this.#ticket !== null && tickets.some(({ name }) => name === this.#ticket?.name)) return
    if (fairnessMs === Infinity) return
    if (clock.monotonicMs() - this.#startMs < fairnessMs / TICKET_SHARE) return
    this.#ticket = ticketOf((tickets.at(-1)?.number ?? 0) + 1, this.#newOwner())
    this.#hasRoom = disk.putTicket(this.#directory, this.#ticket)
    if (!this.#hasRoom) this.#ticket = null
  }

  async #take(from: Token, opening: Opening): Promise<Attempt | null> {
    const to = claimed(from, this.#newOwner(), this.#terms.clock.wallMs())
    this.#memory.left = null
    const grip = await this.#taker.take(from, to, opening)
    if (grip === null) return null
    this.leave()
    return { kind: 'won', grip, opening, from: from.kind === 'held' ? from.owner : null }
  }

  #make(view: Parameters<typeof makeDirectory>[0]): Promise<boolean> {
    if (view.kind === 'foreign') this.#owner = null
    const { staleMs, clock } = this.#terms
    return makeDirectory(view, {
      directory: this.#directory,
      memory: this.#memory,
      maker: this.#newOwner(),
      staleMs,
      clock,
      isDead: (owner) => livenessOf(owner) === 'dead',
    })
  }

  #newOwner(): LockOwner {
    const { clock, random } = this.#terms
    const engine = this.#taker.engine
    return { ...identity(), engine, sinceMs: clock.wallMs(), nonce: random.hex(12) }
  }

  #taken(token: string): Attempt {
    this.#pace = nextPace(this.#pace, token)
    const { fairnessMs, random } = this.#terms
    const pause = pauseMs(this.#pace, this.#ahead, random.next())
    // The place in the order is taken in time, however far back it will be.
    const longest =
      this.#ticket === null && this.#hasRoom ? Math.max(1, fairnessMs / TICKET_SHARE) : Infinity
    return { kind: 'taken', owner: this.#owner, pauseMs: Math.min(pause, longest) }
  }
}

const livenessOf = (owner: LockOwner): Liveness => judge(owner, identity(), sight)

function unknownVersion(directory: string, name: string): LockFailedError {
  return new LockFailedError(
    'LOCK_VERSION',
    directory,
    `${name} was written by another version of this package; every process must use versions that know each other`,
  )
}

function occupied(directory: string, name: string): LockFailedError {
  return new LockFailedError(
    'LOCK_NOT_A_DIRECTORY',
    directory,
    `a directory that is no lock stands where one belongs: ${name} lies in it, and was not touched`,
  )
}
