import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceJsonSync } from '@holdfast/atomic-json'
import { tryLock, type Lock } from '@holdfast/file-lock'
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
import type { PromotionFact } from '../facts.ts'
import { between, lengthMs, onlyOptions, someText, wholeNumber } from '../option-rules.ts'
import { livingWorkers, type WorkerFile } from './acknowledge.ts'
import {
  effectiveRollout,
  type EffectiveRollout,
  type RolloutSight,
  type Switches,
} from './effective.ts'
import { filesOf, lookAt, type RolloutFiles } from './files.ts'

export interface WatchRolloutOptions {
  readonly directory: string
  /** Called with every change, in the middle of the look, and before it is acknowledged. */
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
 * holds a lock. What it obeys it writes to a file of its own under `workers/`, with a lock that proves that it lives. It does not keep the
 * process alive.
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
  readonly #path: string
  readonly #switches: Switches
  readonly #fixedPilot: number | null
  readonly #onChange: (rollout: EffectiveRollout) => void
  readonly #pollMs: number
  readonly #pid: number
  readonly #clock: Clock
  readonly #random: Random
  readonly #observe: Observe<PromotionFact>
  #current: EffectiveRollout | null = null
  #troubles = ''
  #acknowledged = ''
  #unwritten = ''
  #timer: Timer | null = null
  #presence: Lock | null = null
  #isClosed = false

  constructor(options: WatchRolloutOptions) {
    onlyOptions('watch', options, OPTIONS)
    const { directory, onChange = () => {}, fixedPilot = null, pollMs = 200, pid } = options
    const { clock = systemClock, random = systemRandom, observe = ignore } = options
    someText('directory', directory)
    lengthMs('pollMs', pollMs, 10)
    if (fixedPilot !== null) between('fixedPilot', fixedPilot, 0, 1)
    wholeNumber('pid', pid, 1)
    this.worker = `${pid}-${random.hex(12)}`
    this.#files = filesOf(directory)
    this.#path = join(this.#files.workers, `${this.worker}.json`)
    this.#switches = options.switches ?? { kill: false, enabled: true }
    this.#fixedPilot = fixedPilot
    this.#onChange = onChange
    this.#pollMs = pollMs
    this.#pid = pid
    this.#clock = clock
    this.#random = random
    this.#observe = fanOut(observe)
  }

  get current(): EffectiveRollout {
    return this.#current ?? this.#effective({ state: null, rollback: null })
  }

  /** Obeys first; that others can see it comes second, and is not needed to obey. */
  async start(): Promise<void> {
    this.look()
    try {
      await mkdir(this.#files.workers, { recursive: true })
      this.#presence = await tryLock(this.#path, { clock: this.#clock, random: this.#random })
      // Routers that are killed again and again would otherwise fill the directory with what they leave.
      await livingWorkers(this.#files.workers, this.#clock)
    } catch (error) {
      this.#observe({ kind: 'promotion.not-acknowledged', worker: this.worker, error })
    }
    this.#tick()
  }

  look(): void {
    const troubles: string[] = []
    const sight = lookAt(this.#files, (path, reason) => {
      const trouble = `${path}: ${reason}`
      troubles.push(trouble)
      if (this.#troubles.includes(trouble)) return
      this.#observe({ kind: 'promotion.unreadable', path, reason })
    })
    this.#troubles = troubles.join('\n')
    const next = this.#effective(sight)
    const seq = sight.state?.seq ?? 0
    this.#obey(next, seq)
    const { rollback } = sight
    this.#acknowledge(next, seq, typeof rollback === 'object' ? (rollback?.id ?? null) : rollback)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    if (this.#presence === null) return
    await rm(this.#path, { force: true })
    // Broken or removed by hand: then there is nothing left to give back.
    await this.#presence.release().catch(() => {})
    await rm(`${this.#path}.lock`, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #effective(sight: RolloutSight): EffectiveRollout {
    return effectiveRollout(sight, this.#switches, this.#fixedPilot)
  }

  #tick(): void {
    if (this.#isClosed) return
    this.look()
    this.#timer = this.#clock.after(this.#pollMs, () => this.#tick(), { keepsAlive: false })
  }

  #obey(next: EffectiveRollout, seq: number): void {
    const { pilot, because } = next
    const isSame = this.#current?.pilot === pilot && this.#current.because === because
    this.#current = next
    if (isSame) return
    this.#observe({ kind: 'promotion.obeyed', worker: this.worker, pilot, because, seq })
    this.#onChange(next)
  }

  #acknowledge({ pilot, because }: EffectiveRollout, seq: number, rollback: string | null): void {
    const key = `${seq} ${rollback} ${pilot} ${because}`
    if (key === this.#acknowledged || this.#presence === null) return
    const [worker, clock, random] = [this.worker, this.#clock, this.#random]
    const said = { version: 1, worker, pid: this.#pid, seq, rollback, pilot, because } as const
    const file: WorkerFile = { ...said, atMs: clock.wallMs() }
    try {
      replaceJsonSync(this.#path, file, { durability: 'atomic', clock, random })
      this.#acknowledged = key
    } catch (error) {
      // Tried again with every look, and told once.
      if (this.#unwritten !== key) {
        this.#observe({ kind: 'promotion.not-acknowledged', worker, error })
      }
      this.#unwritten = key
    }
  }
}
