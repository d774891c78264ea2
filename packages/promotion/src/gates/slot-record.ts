import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import type { PromotionFact } from '../facts.ts'
import { lengthMs, onlyOptions, someText, wholeNumber } from '../option-rules.ts'
import { dayFile, oldDays, printLook, type SlotLook } from './slot-line.ts'

export interface SlotRecordOptions {
  /** Where day files are, `<yyyy-mm-dd>.ndjson` by UTC. Made when it is not there. */
  readonly directory: string
  /** Longest time between two lines, in ms ≥ 0, as long as looks come. What is `gapMs` of `slotsOver` must be longer. Default 60 000. */
  readonly everyMs?: number
  /** How many days are kept beside today's, at least 1. Default 40. */
  readonly keepDays?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<PromotionFact>
}

/** Keeps what one process sees of the slots. */
export interface SlotRecord extends Disposable {
  /** Of this process, in each of its lines. */
  readonly writer: string
  /**
   * Takes in what the slots say now. It is written at once when anything has changed, and otherwise when the last line is `everyMs` old. Never
   * throws: trouble is told as a fact, and what could not be written is written with a later look.
   */
  record(samples: readonly { readonly slot: string; readonly status: string }[]): void
  /** Says that this process has ended in good order, so that nobody waits for it. Idempotent; nothing is recorded after it. */
  close(): void
}

const OPTIONS = ['directory', 'everyMs', 'keepDays', 'clock', 'random', 'observe']
/** Most looks that wait for a disk. When more are lost, the gap that they leave is red. */
const MOST_WAITING = 1_000

/**
 * Keeps a record of how slots are, for `readSlotSamples`. Any number of processes append to the same files; each line is one write, and is
 * not forced to disk: what a power cut takes is a time in which nobody looked.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export function createSlotRecord(options: SlotRecordOptions): SlotRecord {
  return new Recorder(options)
}

class Recorder implements SlotRecord {
  readonly writer: string
  readonly #directory: string
  readonly #everyMs: number
  readonly #keepDays: number
  readonly #clock: Clock
  readonly #observe: Observe<PromotionFact>
  #last: SlotLook | null = null
  #waiting: SlotLook[] = []
  #taken = ''
  #takenAtMs = 0
  #tidied = ''
  #trouble = ''
  #isClosed = false

  constructor(options: SlotRecordOptions) {
    onlyOptions('slot record', options, OPTIONS)
    const { directory, everyMs = 60_000, keepDays = 40 } = options
    const { clock = systemClock, random = systemRandom, observe = ignore } = options
    someText('directory', directory)
    lengthMs('everyMs', everyMs)
    wholeNumber('keepDays', keepDays, 1)
    this.writer = random.hex(12)
    this.#directory = directory
    this.#everyMs = everyMs
    this.#keepDays = keepDays
    this.#clock = clock
    this.#observe = fanOut(observe)
  }

  record(samples: readonly { readonly slot: string; readonly status: string }[]): void {
    if (this.#isClosed) return
    const slots = Object.fromEntries(samples.map(({ slot, status }) => [slot, status]))
    const atMs = Math.floor(this.#clock.wallMs())
    this.#last = { writer: this.writer, atMs, slots, isLast: false }
    const said = JSON.stringify(slots)
    const nowMs = this.#clock.monotonicMs()
    if (said !== this.#taken || nowMs - this.#takenAtMs >= this.#everyMs) {
      this.#taken = said
      this.#takenAtMs = nowMs
      this.#take(this.#last)
    }
    this.#write()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#last !== null) this.#take({ ...this.#last, isLast: true })
    this.#write()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #take(look: SlotLook): void {
    this.#waiting = [...this.#waiting, look].slice(-MOST_WAITING)
  }

  #write(): void {
    const last = this.#waiting.at(-1)
    if (last === undefined) return
    const name = dayFile(last.atMs)
    const path = join(this.#directory, name)
    try {
      mkdirSync(this.#directory, { recursive: true })
      append(path, this.#waiting.map(printLook).join(''))
      this.#waiting = []
      if (this.#tidied !== name) this.#tidy(last.atMs)
      this.#tidied = name
      this.#trouble = ''
    } catch (error) {
      this.#tell(path, error)
    }
  }

  #tidy(nowMs: number): void {
    for (const name of oldDays(readdirSync(this.#directory), nowMs, this.#keepDays)) {
      rmSync(join(this.#directory, name), { force: true })
    }
  }

  /** Each trouble once, however often it is met with before it is over. */
  #tell(path: string, error: unknown): void {
    const trouble = String(error)
    if (trouble !== this.#trouble) {
      this.#observe({ kind: 'promotion.slot-record-failed', path, error })
    }
    this.#trouble = trouble
  }
}

/** One write at the end of the file, wherever that is by then. */
function append(path: string, text: string): void {
  const bytes = Buffer.from(text)
  const file = openSync(path, 'a')
  try {
    const written = writeSync(file, bytes)
    if (written < bytes.length) {
      throw new Error(`${path}: only ${written} of ${bytes.length} bytes were written`)
    }
  } finally {
    closeSync(file)
  }
}
