import { aheadOf, mayGo, nextPace, pauseMs, takeIn, type Pace } from './courtesy.ts'
import type { Attempt, Contest, Grip, Opening, Terms } from './engine.ts'
import { ticketOf, type HeldToken, type Ticket, type Token } from './entry-name.ts'
import { LockFailedError } from './errors.ts'
import { identity, sight } from './identity.ts'
import * as disk from './lock-directory.ts'
import { isLeaseOver, memoryOf, type Memory } from './memory.ts'
import { claimed, firstToken, openingOf } from './next-move.ts'
import { judge, type Liveness, type LockOwner } from './owner.ts'
import type { View } from './view.ts'

/** How an engine takes a lock of the file system that can be had. */
export interface Taker {
  /** The engine's name, for the owner's record. */
  readonly engine: string
  /** Carries out the claim: `from` becomes `to`. Null if someone else was quicker. */
  take(from: Token, to: HeldToken, opening: Opening): Promise<Grip | null> | Grip | null
  /** A proof of death that only this engine has, for an owner of whom the system tells nothing here. */
  isProvenDead?(owner: LockOwner): boolean
  /** An attempt is over that took nothing. */
  rest?(): void
}

/** So often one attempt looks again because someone else was quicker. */
const MOST_LOOKS = 10
/** How long one look, in which nobody waited, is good for; with a shorter fairness, a fifth of that. */
const CLEAR_MS = 5

/** A wait becomes a place in the order after this share of the fairness. Shorter ones are not worth the two calls. */
const TICKET_SHARE = 8

/** How long nothing may move in a directory without a token before it is mended. Longer than the clock of a file system ticks. */
const DAMAGED_MS = 20

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
    this.#memory = memoryOf(directory)
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
    const { takeover, staleMs, clock } = this.#terms
    return openingOf(
      token,
      takeover,
      (owner) => this.#livenessOf(owner),
      ({ name }) => {
        const touchedAtMs = disk.touchedAtMs(this.#directory, name)
        if (touchedAtMs === null) return false
        return isLeaseOver(this.#memory, name, String(touchedAtMs), staleMs, clock.monotonicMs())
      },
    )
  }

  #livenessOf(owner: LockOwner): Liveness {
    const liveness = judge(owner, identity(), sight)
    if (liveness !== 'unknown') return liveness
    return this.#taker.isProvenDead?.(owner) === true ? 'dead' : 'unknown'
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
    if (!mayTake) this.#dropDead(ahead)
    return mayTake
  }

  /** Those who died while they waited keep nobody waiting. */
  #dropDead(ahead: readonly Ticket[]): void {
    for (const { name, owner } of ahead) {
      if (this.#livenessOf(owner) === 'dead') disk.drop(this.#directory, name)
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

  /** Makes a directory where there is none, or none that works. True if it is worth looking again at once. */
  async #make(
    view: Exclude<View, { kind: 'token' | 'unknown-version' | 'occupied' }>,
  ): Promise<boolean> {
    const { clock, staleMs } = this.#terms
    let isEmptyOurs: (() => boolean) | undefined
    if (view.kind === 'foreign') {
      const stamp = disk.stampOf(this.#directory)
      if (stamp === null) return true
      this.#owner = null
      if (!isLeaseOver(this.#memory, '', stamp, staleMs, clock.monotonicMs())) return false
      isEmptyOurs = () => disk.stampOf(this.#directory) === stamp
    } else if (view.kind === 'damaged') {
      if (!(await this.#isSurelyDamaged())) return true
      for (const name of view.names) disk.drop(this.#directory, name)
      isEmptyOurs = () => disk.look(this.#directory).kind === 'foreign'
    }
    const maker = this.#newOwner()
    const draw = async () => firstToken(maker.boot, await this.#nextMs())
    await disk.create(this.#directory, draw, maker, isEmptyOurs)
    disk.sweep(this.#directory, (owner) => this.#livenessOf(owner) === 'dead')
    return true
  }

  /**
   * A listing that is read while the token moves may miss it, where the system reads in parts. So it is missing only if nothing in the
   * directory has moved for a while.
   */
  async #isSurelyDamaged(): Promise<boolean> {
    const { clock } = this.#terms
    const stamp = disk.stampOf(this.#directory)
    const nowMs = clock.monotonicMs()
    if (stamp !== null && isLeaseOver(this.#memory, '', stamp, DAMAGED_MS, nowMs)) return true
    await clock.sleep(DAMAGED_MS)
    return false
  }

  /**
   * Waits for the next ms to begin, in ms since 1970. Two directories made after one another then never begin with the
   * same number, however quickly the first was removed.
   */
  async #nextMs(): Promise<number> {
    const { clock } = this.#terms
    const nextMs = clock.wallMs() + 1
    // The bound is for a clock that is set back at this very moment.
    for (let waits = 0; waits < 10 && clock.wallMs() < nextMs; waits += 1) await clock.sleep(1)
    return nextMs
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
