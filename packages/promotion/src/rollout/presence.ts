import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceJsonSync } from '@holdfast/atomic-json'
import { tryLock, type Lock } from '@holdfast/file-lock'
import type { Clock, Observe, Random } from '@holdfast/seams'
import type { PromotionFact } from '../facts.ts'
import { clearedWorkers, type WorkerFile } from './workers.ts'

/** What a router says of itself. */
export type Said = Pick<WorkerFile, 'seq' | 'rollback' | 'pilot' | 'because'>

interface PresenceSeams {
  readonly clock: Clock
  readonly random: Random
  readonly observe: Observe<PromotionFact>
}

/** One router in `workers/`: its file, and beside it the lock that proves that it lives. What is removed of them comes back. */
export class Presence {
  readonly #workers: string
  readonly #path: string
  readonly #who: Pick<WorkerFile, 'worker' | 'pid'>
  readonly #seams: PresenceSeams
  #lock: Lock | null = null
  #ensuring: Promise<void> | null = null
  #said: Said | null = null
  #written = ''
  /** What failed last, so that it is told once. */
  #trouble = ''
  #isOver = false

  constructor(workers: string, who: Pick<WorkerFile, 'worker' | 'pid'>, seams: PresenceSeams) {
    this.#workers = workers
    this.#path = join(workers, `${who.worker}.json`)
    this.#who = who
    this.#seams = seams
  }

  /** Takes the lock, unless it is held. Never throws: what fails is told, and tried again by the next call. */
  ensure(): Promise<void> {
    if (this.#isOver || (this.#lock !== null && isHeld(this.#lock))) return Promise.resolve()
    this.#ensuring ??= this.#take().finally(() => {
      this.#ensuring = null
    })
    return this.#ensuring
  }

  /** Writes down what the router obeys, if that is not what the file says. Without a lock nobody would believe it, so it waits for that. */
  say(said: Said): void {
    this.#said = said
    if (this.#lock === null || this.#isOver) return
    const { clock, random } = this.#seams
    const text = JSON.stringify(said)
    if (text === this.#written && existsSync(this.#path)) return
    try {
      const file: WorkerFile = { version: 1, ...this.#who, ...said, atMs: clock.wallMs() }
      replaceJsonSync(this.#path, file, { durability: 'atomic', clock, random })
      this.#written = text
      this.#trouble = ''
    } catch (error) {
      this.#tell(error, text)
    }
  }

  /** Says that this router is gone. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#ensuring
    const lock = this.#lock
    this.#lock = null
    if (lock === null) return
    await rm(this.#path, { force: true })
    // Broken or removed by hand: then there is nothing left to give back.
    await lock.release().catch(() => {})
    await rm(`${this.#path}.lock`, { recursive: true, force: true })
  }

  async #take(): Promise<void> {
    const { clock, random } = this.#seams
    const isFirst = this.#lock === null
    try {
      // It was lost: what is left of it is given back, so that this process may have it again.
      await this.#lock?.release().catch(() => {})
      this.#lock = null
      await mkdir(this.#workers, { recursive: true })
      this.#lock = await tryLock(this.#path, { clock, random })
      this.#written = ''
      // Routers that are killed again and again would otherwise fill the directory with what they leave.
      // What stays is removed by the next.
      if (isFirst) await clearedWorkers(this.#workers, clock).catch(() => [])
      if (this.#said !== null) this.say(this.#said)
    } catch (error) {
      this.#tell(error, 'lock')
    }
  }

  #tell(error: unknown, what: string): void {
    if (this.#trouble === what) return
    this.#trouble = what
    this.#seams.observe({ kind: 'promotion.not-acknowledged', worker: this.#who.worker, error })
  }
}

/** A lock of which it cannot be found out whether it is held counts as lost: to take it anew does no harm. */
function isHeld(lock: Lock): boolean {
  try {
    return lock.isValid()
  } catch {
    return false
  }
}
