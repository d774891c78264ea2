import type { Clock, Timer } from '@holdfast/seams'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { Grip } from './engine.ts'
import type { HeldToken } from './entry-name.ts'
import { systemCode } from './errors.ts'
import { isThere, move } from './lock-directory.ts'
import { memoryOf } from './memory.ts'
import { freed } from './next-move.ts'
import type { LockOwner } from './owner.ts'

/** How often a holder shows that it lives, and looks whether it still holds. Below half of the shortest lease. */
export const HEARTBEAT_MS = 1_000

/** Gives a token back. False if it is not there any more: someone took or removed it. */
export function giveBack(directory: string, token: HeldToken): boolean {
  const left = freed(token)
  const wasOurs = move(directory, token.name, left.name)
  if (wasOurs) memoryOf(directory).left = left
  return wasOurs
}

/** Shows a sign of life. @throws the system's error; ENOENT when the token is not there any more. */
export function beat(directory: string, token: HeldToken, wallMs: number): void {
  utimesSync(join(directory, token.name), wallMs / 1000, wallMs / 1000)
}

/** A token that is held. */
export class TokenGrip implements Grip {
  readonly fence: number
  readonly owner: LockOwner
  readonly #directory: string
  readonly #token: HeldToken
  readonly #clock: Clock
  #heartbeat: Timer | null = null

  constructor(directory: string, token: HeldToken, clock: Clock) {
    this.fence = token.fence
    this.owner = token.owner
    this.#directory = directory
    this.#token = token
    this.#clock = clock
  }

  isOurs(): boolean {
    return isThere(this.#directory, this.#token.name)
  }

  keep(onLost: (cause?: unknown) => void): void {
    this.#heartbeat = this.#clock.after(HEARTBEAT_MS, () => this.#beat(onLost), {
      keepsAlive: false,
    })
  }

  release(): boolean {
    this.#heartbeat?.cancel()
    return giveBack(this.#directory, this.#token)
  }

  releaseAtExit(): void {
    try {
      this.release()
    } catch {
      // The process ends now, and that alone proves to everyone that the lock is free.
    }
  }

  #beat(onLost: (cause?: unknown) => void): void {
    try {
      beat(this.#directory, this.#token, this.#clock.wallMs())
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return onLost(error)
      // Any other trouble does not take the lock from us; if it lasts, a lease may run out, and that ends in ENOENT.
    }
    this.keep(onLost)
  }
}
