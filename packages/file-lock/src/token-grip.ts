import type { Clock, Timer } from '@holdfast/seams'
import { closeSync, ftruncateSync, openSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { Grip } from './engine.ts'
import type { HeldToken } from './entry-name.ts'
import { systemCode } from './errors.ts'
import { isThere, move } from './lock-directory.ts'
import { noteLeft } from './memory.ts'
import { freed } from './next-move.ts'
import type { LockOwner } from './owner.ts'

/** How often a holder shows that it lives, and looks whether it still holds. Below half of the shortest lease. */
export const HEARTBEAT_MS = 1_000

/** Gives a token back. False if it is not there any more: someone took or removed it. */
export function giveBack(directory: string, token: HeldToken): boolean {
  const left = freed(token)
  const wasOurs = move(directory, token.name, left.name)
  if (wasOurs) noteLeft(directory, left)
  return wasOurs
}

/**
 * Shows a sign of life. False when the token is not there any more. Any other trouble does not take the lock from us: if it
 * lasts, a lease may run out, and that ends in the token being gone.
 */
export function beat(directory: string, token: HeldToken, wallMs: number): boolean {
  const path = join(directory, token.name)
  try {
    utimesSync(path, wallMs / 1000, wallMs / 1000)
    return true
  } catch (error) {
    if (systemCode(error) === 'EPERM') return touch(path)
    return systemCode(error) !== 'ENOENT'
  }
}

/** Only its owner may set the times of a file, and that is who made the directory. Who may write to it can have it touched. */
function touch(path: string): boolean {
  try {
    const fd = openSync(path, 'r+')
    try {
      ftruncateSync(fd)
    } finally {
      closeSync(fd)
    }
    return true
  } catch (error) {
    return systemCode(error) !== 'ENOENT'
  }
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

  release(): boolean | Promise<boolean> {
    // It beats on while it cannot be given back.
    const isBack = giveBack(this.#directory, this.#token)
    if (!isBack && this.isOurs()) return this.#insist()
    this.#heartbeat?.cancel()
    return isBack
  }

  releaseAtExit(): void {
    try {
      giveBack(this.#directory, this.#token)
    } catch {
      // The process ends now, and that alone proves to everyone that the lock is free.
    }
  }

  /** Windows refuses a rename while someone else, a scanner for instance, has the directory open. */
  async #insist(): Promise<boolean> {
    for (let tries = 0; tries < 100; tries += 1) {
      await this.#clock.sleep(10)
      const isBack = giveBack(this.#directory, this.#token)
      if (!isBack && this.isOurs()) continue
      this.#heartbeat?.cancel()
      return isBack
    }
    throw Object.assign(new Error('someone else keeps the lock directory open'), { code: 'EBUSY' })
  }

  #beat(onLost: (cause?: unknown) => void): void {
    if (beat(this.#directory, this.#token, this.#clock.wallMs())) this.keep(onLost)
    else onLost()
  }
}
