import {
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import type { BanditStoreFact } from './facts.ts'

/** How fine the times are by which lessons may later be forgotten. */
export type Epoch = 'hour' | 'day'

/** What every store is told. */
export interface StoreOptions {
  /** d, the length of every context. Integer from 1 to 4096. */
  readonly dim: number
  /** Default `hour`. */
  readonly epoch?: Epoch
  /** How many epochs are kept apart; older ones are added up. Integer from 1 to 100 000. Default 48. */
  readonly keepEpochs?: number
  /** How long after its decision a reward is taken by this process, by its own clock, in ms > 0. Default 7 days. */
  readonly deadlineMs?: number
  /**
   * About how many decisions have their ids remembered, so that none counts twice; beyond it older ones expire. It
   * alone bounds them, whatever `deadlineMs` is. Integer ≥ 1000. Default 2 000 000.
   */
  readonly dedupeLimit?: number
  /** Most decisions kept that wait for their reward. Integer ≥ 1. Default 100 000. */
  readonly pendingLimit?: number
  readonly clock?: Clock
  readonly observe?: Observe<BanditStoreFact>
}

export interface FileStoreOptions extends StoreOptions {
  /** Pause between two looks at what other processes have learned, in ms from 1 to 1000. Default 200. */
  readonly pollMs?: number
  /** A snapshot is made when so many bytes of lessons came since the last. Integer ≥ 4096. Default 8 MiB. */
  readonly compactBytes?: number
  /** Pause after a write that failed, in ms from 1 to 3 600 000; after a snapshot that did it is 30 times as long. Default 1000. */
  readonly retryMs?: number
  /** Most lessons that may wait while nothing can be written. Integer ≥ 1. Default 100 000. */
  readonly unsavedLimit?: number
  readonly random?: Random
}

export type StoreSettings = Required<Omit<StoreOptions, 'epoch'>> & { readonly epochMs: number }
export type FileStoreSettings = StoreSettings & Required<Omit<FileStoreOptions, keyof StoreOptions>>

const HOUR_MS = 3_600_000
const EPOCHS = new Map<string, number>([
  ['hour', HOUR_MS],
  ['day', 24 * HOUR_MS],
])

/** @throws {RangeError} naming the option, what it may be, and what it was. */
export function checkedStoreOptions(options: StoreOptions): StoreSettings {
  const {
    dim,
    epoch = 'hour',
    keepEpochs = 48,
    deadlineMs = 7 * 24 * HOUR_MS,
    dedupeLimit = 2_000_000,
    pendingLimit = 100_000,
    clock = systemClock,
    observe = ignore,
  } = options
  integerIn('dim', dim, 1, 4096)
  integerIn('keepEpochs', keepEpochs, 1, 100_000)
  integerIn('dedupeLimit', dedupeLimit, 1000, 1e8)
  integerIn('pendingLimit', pendingLimit, 1, 1e7)
  positive('deadlineMs', deadlineMs)
  const epochMs = EPOCHS.get(epoch)
  if (epochMs === undefined) {
    throw new RangeError(`epoch must be "hour" or "day", got ${JSON.stringify(epoch)}`)
  }
  return { dim, epochMs, keepEpochs, deadlineMs, dedupeLimit, pendingLimit, clock, observe }
}

/** @throws {RangeError} naming the option, what it may be, and what it was. */
export function checkedFileStoreOptions(options: FileStoreOptions): FileStoreSettings {
  const {
    pollMs = 200,
    compactBytes = 8 * 1024 * 1024,
    retryMs = 1000,
    unsavedLimit = 100_000,
    random = systemRandom,
  } = options
  numberIn('pollMs', pollMs, 1, 1000)
  numberIn('retryMs', retryMs, 1, HOUR_MS)
  integerIn('compactBytes', compactBytes, 4096, 2 ** 40)
  integerIn('unsavedLimit', unsavedLimit, 1, 1e8)
  const settings = checkedStoreOptions(options)
  return { ...settings, pollMs, compactBytes, retryMs, unsavedLimit, random }
}

function integerIn(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new RangeError(`${name} must be an integer from ${min} to ${max}, got ${String(value)}`)
}

function numberIn(name: string, value: number, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return
  throw new RangeError(`${name} must be a number from ${min} to ${max}, got ${String(value)}`)
}

function positive(name: string, value: number): void {
  if (typeof value === 'number' && value > 0) return
  throw new RangeError(`${name} must be a number > 0, got ${String(value)}`)
}
