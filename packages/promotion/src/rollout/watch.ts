import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
  type Timer,
} from '@holdfast/seams'
import { systemCode } from '../errors.ts'
import type { PromotionFact } from '../facts.ts'
import {
  aFunction,
  between,
  lengthMs,
  onlyOptions,
  someText,
  trueOrFalse,
  wholeNumber,
} from '../option-rules.ts'
import {
  effectiveRollout,
  type EffectiveRollout,
  type RolloutSight,
  type Switches,
} from './effective.ts'
import { filesOf, lookAt, type RolloutFiles } from './files.ts'
import { heldRollback, type HeldRollback } from './held-rollback.ts'
import { Presence } from './presence.ts'
import { putBack } from './rollback-file.ts'

export interface WatchRolloutOptions {
  readonly directory: string
  /**
   * Called with every change, in the middle of the look, and before it is acknowledged. If it throws, that is told, nothing is acknowledged, and
   * it is called again with the next look.
   */
  readonly onChange?: (rollout: EffectiveRollout) => void
  /** Kill switch and enabling of this process. Default: neither set. */
  readonly switches?: Switches
  /**
   * The share by which this process acts whatever the stage is, 0 to 1; a rollback and the switches win over it. Whoever waits for a stage to
   * be obeyed is told that this process does not. Default null: the stage's.
   */
  readonly fixedPilot?: number | null
  /** How often to look, in ms ≥ 10. Default 200. */
  readonly pollMs?: number
  /** Of this process, for people: `process.pid`. */
  readonly pid: number
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<PromotionFact>
}

/** A router's side of a rollout. */
export interface RolloutWatch extends AsyncDisposable {
  /** How to act now. */
  readonly current: EffectiveRollout
  readonly worker: string
  /** Looks at once, as it does by itself every `pollMs`. */
  look(): void
  /** Stops looking, and says that this router is gone. Idempotent. */
  close(): Promise<void>
}

const OPTIONS = [
  'directory',
  'onChange',
  'switches',
  'fixedPilot',
  'pollMs',
  'pid',
  'clock',
  'random',
  'observe',
]

/**
 * Obeys a rollout from now on: it has looked once when this resolves, and looks every `pollMs`, whoever writes and whether or not anyone
 * holds a lock. What it obeys it writes to a file of its own under `workers/`, with a lock that proves that it lives, and makes both anew
 * when they are gone. A rollback that it saw in force it keeps until someone begins again: when its file is removed, it puts it back. It does
 * not keep the process alive.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export async function watchRollout(options: WatchRolloutOptions): Promise<RolloutWatch> {
  const watcher = new Watcher(options)
  await watcher.start()
  return watcher
}

class Watcher implements RolloutWatch {
  readonly worker: string
  readonly #files: RolloutFiles
  readonly #switches: Switches
  readonly #fixedPilot: number | null
  readonly #onChange: (rollout: EffectiveRollout) => void
  readonly #pollMs: number
  readonly #presence: Presence
  readonly #clock: Clock
  readonly #observe: Observe<PromotionFact>
  #current: EffectiveRollout | null = null
  #held: HeldRollback | null = null
  /** What `onChange` has taken. */
  #taken = ''
  #refused = ''
  #troubles = ''
  #timer: Timer | null = null
  #isClosed = false

  constructor(options: WatchRolloutOptions) {
    onlyOptions('watch', options, OPTIONS)
    const { directory, onChange = () => {}, fixedPilot = null, pollMs = 200, pid } = options
    const { switches = { kill: false, enabled: true } } = options
    const { clock = systemClock, random = systemRandom, observe = ignore } = options
    someText('directory', directory)
    aFunction('onChange', onChange)
    aFunction('observe', observe)
    lengthMs('pollMs', pollMs, 10)
    if (fixedPilot !== null) between('fixedPilot', fixedPilot, 0, 1)
    onlyOptions('switches', switches, ['kill', 'enabled'], 'field')
    trueOrFalse('switches.kill', switches.kill)
    trueOrFalse('switches.enabled', switches.enabled)
    wholeNumber('pid', pid, 1)
    this.worker = `${pid}-${random.hex(12)}`
    this.#files = filesOf(directory)
    this.#switches = switches
    this.#fixedPilot = fixedPilot
    this.#onChange = onChange
    this.#pollMs = pollMs
    this.#clock = clock
    this.#observe = fanOut(observe)
    const { workers } = this.#files
    const seams = { clock, random, observe: this.#observe }
    this.#presence = new Presence(workers, { worker: this.worker, pid }, seams)
  }

  get current(): EffectiveRollout {
    return this.#current ?? this.#effective({ state: null, rollback: null })
  }

  /** Obeys first; that others can see it comes second, and is not needed to obey. */
  async start(): Promise<void> {
    this.look()
    await this.#presence.ensure()
    this.#tick()
  }

  look(): void {
    const seen = this.#see()
    this.#held = heldRollback(seen, this.#held)
    if (seen.rollback === null && this.#held !== null) this.#putBack(this.#held)
    const rollback = this.#held?.rollback ?? seen.rollback
    const next = this.#effective({ state: seen.state, rollback })
    const seq = seen.state?.seq ?? 0
    if (!this.#obey(next, seq)) return
    const { pilot, because } = next
    const id = typeof rollback === 'object' ? (rollback?.id ?? null) : rollback
    this.#presence.say({ seq, rollback: id, pilot, because })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#presence.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #see(): RolloutSight {
    const troubles: string[] = []
    const sight = lookAt(this.#files, (path, reason) => {
      const trouble = `${path}: ${reason}`
      troubles.push(trouble)
      if (this.#troubles.includes(trouble)) return
      this.#observe({ kind: 'promotion.unreadable', path, reason })
    })
    this.#troubles = troubles.join('\n')
    return sight
  }

  #effective(sight: RolloutSight): EffectiveRollout {
    return effectiveRollout(sight, this.#switches, this.#fixedPilot)
  }

  #tick(): void {
    if (this.#isClosed) return
    // The next look is certain before this one begins, whatever happens in it.
    this.#timer = this.#clock.after(this.#pollMs, () => this.#tick(), { keepsAlive: false })
    void this.#presence.ensure()
    this.look()
  }

  /** Whether what is to be obeyed is, and may be acknowledged. */
  #obey(next: EffectiveRollout, seq: number): boolean {
    const { pilot, because } = next
    const isSame = this.#current?.pilot === pilot && this.#current.because === because
    this.#current = next
    if (!isSame) {
      this.#observe({ kind: 'promotion.obeyed', worker: this.worker, pilot, because, seq })
    }
    const key = `${pilot} ${because}`
    if (key === this.#taken) return true
    try {
      this.#onChange(next)
      this.#taken = key
      this.#refused = ''
      return true
    } catch (error) {
      // Tried again with every look, and told once.
      if (this.#refused !== key) {
        this.#observe({ kind: 'promotion.not-taken', worker: this.worker, pilot, error })
      }
      this.#taken = ''
      this.#refused = key
      return false
    }
  }

  #putBack({ rollback }: HeldRollback): void {
    const { rollback: path } = this.#files
    try {
      putBack(path, rollback, { by: `router ${this.worker}`, atMs: this.#clock.wallMs() })
      this.#observe({ kind: 'promotion.put-back', path })
    } catch (error) {
      // Another router was quicker, or there is no room: this one obeys it all the same, and tries again with the next look.
      const code = systemCode(error)
      if (code === '') throw error
    }
  }
}
