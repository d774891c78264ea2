import type { Clock, Observe } from '@holdfast/seams'
import type { Grip } from './engine.ts'
import { lockFailure, LockFailedError, LockLostError } from './errors.ts'
import type { LockFact } from './facts.ts'
import { leave } from './line.ts'

/** Grips to give back when the process exits. Module state: there is one exit. */
const grips = new Set<Grip>()

function releaseAllAtExit(): void {
  for (const grip of grips) grip.releaseAtExit()
}

export interface HoldingOptions {
  readonly key: string
  /** As the caller gave it. */
  readonly path: string
  readonly grip: Grip
  readonly clock: Clock
  readonly observe: Observe<LockFact>
}

/** One lock held by this thread, shared by all handles to it. */
export class Holding {
  readonly #options: HoldingOptions
  readonly #sinceMs: number
  #handles = 1
  #loss: LockLostError | null = null
  #isOver = false
  #controller: AbortController | null = null

  constructor(options: HoldingOptions) {
    this.#options = options
    this.#sinceMs = options.clock.monotonicMs()
    if (grips.size === 0) process.on('exit', releaseAllAtExit)
    grips.add(options.grip)
    options.grip.keep((cause) => this.#lose(cause))
  }

  get grip(): Grip {
    return this.#options.grip
  }

  /** Every handle to it was given back. */
  get isGivenBack(): boolean {
    return this.#handles === 0
  }

  get loss(): LockLostError | null {
    return this.#loss
  }

  /** Made when first asked for: most holders never look at it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#loss !== null) this.#controller.abort(this.#loss)
    return this.#controller.signal
  }

  /** One more handle to this lock. */
  share(): this {
    this.#handles += 1
    return this
  }

  /** Looks, now. */
  isValid(): boolean {
    if (this.#loss !== null || this.#isOver) return false
    try {
      if (this.#options.grip.isOurs()) return true
    } catch (error) {
      throw this.#failure(error)
    }
    this.#lose()
    return false
  }

  /**
   * Gives one handle back, and with the last one the lock.
   * @throws {LockLostError} with the last one, if the lock was lost before.
   * @throws {LockFailedError} if the system refused: then it is held as before, and can be given back again. At the latest the
   * end of this process does.
   */
  async release(): Promise<void> {
    if (this.#handles > 1) {
      this.#handles -= 1
      return
    }
    const { path, grip, clock, observe } = this.#options
    this.#isOver = true
    try {
      const wasOurs = await grip.release()
      if (!wasOurs) this.#lose()
    } catch (error) {
      this.#isOver = false
      throw this.#failure(error)
    }
    this.#handles = 0
    this.#letGo()
    if (this.#loss !== null) throw this.#loss
    const heldMs = clock.monotonicMs() - this.#sinceMs
    observe({ kind: 'lock.released', path, fence: grip.fence, heldMs })
  }

  /** Makes way for the next of this thread. */
  #letGo(): void {
    const { key, grip } = this.#options
    if (!grips.delete(grip)) return
    if (grips.size === 0) process.off('exit', releaseAllAtExit)
    leave(key)
  }

  #lose(cause?: unknown): void {
    if (this.#loss !== null) return
    const { path, grip, clock, observe } = this.#options
    this.#loss = new LockLostError(path, grip.fence, 'was broken, taken over or removed', cause)
    this.#controller?.abort(this.#loss)
    this.#letGo()
    const heldMs = clock.monotonicMs() - this.#sinceMs
    observe({ kind: 'lock.lost', path, fence: grip.fence, heldMs })
  }

  #failure(error: unknown): unknown {
    const failure = lockFailure(this.#options.path, error)
    if (failure instanceof LockFailedError) {
      this.#options.observe({ kind: 'lock.failed', path: this.#options.path, code: failure.code })
    }
    return failure
  }
}
