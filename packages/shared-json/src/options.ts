import type { ReadJsonOptions, ReplaceJsonOptions } from '@holdfast/atomic-json'
import type { AcquireLockOptions } from '@holdfast/file-lock'
import type { Clock, Observe, Random } from '@holdfast/seams'
import type { SharedJsonFact } from './facts.ts'

/** How a shared file is read. Everyone who reads or changes one file uses the same. */
export interface ReadSharedJsonOptions<T> extends Pick<
  ReadJsonOptions<T>,
  'envelope' | 'schema' | 'maxBytes' | 'default' | 'signal'
> {
  /**
   * Where the value is kept. `false`: in the file itself. `true`: in `state.<fence>.json`, where `fence` is the number of the
   * lock under which it was written, and the highest is the truth. Then a holder that was replaced while it slept cannot
   * put its old value over a newer one, whenever it wakes. Needed with `takeover: 'lease'`, and advised for processes in
   * several containers or on several machines. A file that is there becomes fence 0 with the first update. Default false.
   */
  readonly fenced?: boolean
  /**
   * What to do with a file that cannot be trusted. `throw`: `JSON_CORRUPT`, and it stays as it is. `backup`: keep it aside, and go
   * on from the newest whole generation, else from `default`. `default`: keep it aside, and go on from `default`.
   * The last two need `default`. Default `throw`.
   */
  readonly onCorrupt?: 'throw' | 'backup' | 'default'
  readonly clock?: Clock
  readonly observe?: Observe<SharedJsonFact>
}

/**
 * How a shared file is changed: how it is read, how it is written (`@holdfast/atomic-json`), and how the lock is taken
 * (`@holdfast/file-lock`). `fence` is not among them, since it comes from the lock; neither is `nested`, since an update of a file within
 * a change of the same file would be overwritten by that change.
 */
export interface UpdateSharedJsonOptions<T>
  extends
    ReadSharedJsonOptions<T>,
    Pick<
      ReplaceJsonOptions<T>,
      'durability' | 'generations' | 'pretty' | 'compress' | 'createDirectory' | 'mode'
    >,
    Pick<AcquireLockOptions, 'waitMs' | 'staleMs' | 'fairnessMs' | 'engine' | 'takeover'> {
  /** Ends the wait for the lock, or keeps a changed value from being written. It does not interrupt `change`. */
  readonly signal?: AbortSignal
  readonly random?: Random
}

/** @throws {TypeError} naming the option, what it may be and what it was. */
export function checkReadOptions<T>(options: ReadSharedJsonOptions<T>): void {
  const { onCorrupt = 'throw', fenced = false } = options
  if (!['throw', 'backup', 'default'].includes(onCorrupt)) {
    throw new TypeError(`onCorrupt must be one of throw, backup, default, got ${onCorrupt}`)
  }
  // A bad file that was moved aside without a value to go on with would be a missing file to the next caller.
  if (onCorrupt !== 'throw' && typeof options.default !== 'function') {
    throw new TypeError(
      `default must be a function when onCorrupt is '${onCorrupt}', got ${String(options.default)}`,
    )
  }
  if (typeof fenced !== 'boolean') {
    throw new TypeError(`fenced must be true or false, got ${String(fenced)}`)
  }
}

/**
 * Refuses what could lose an update without anyone being told.
 * @throws {TypeError} naming the option, what it may be and what it was.
 */
export function checkUpdateOptions<T>(options: UpdateSharedJsonOptions<T>): void {
  const { fenced = false, takeover = 'dead', engine } = options
  checkReadOptions(options)
  if (takeover === 'lease' && !fenced) {
    throw new TypeError("takeover must be 'dead' unless fenced is true, got 'lease'")
  }
  if (engine === undefined || typeof engine === 'string') return
  const { autoRelease, fencing } = engine.capabilities
  if (autoRelease === 'lease' && !fenced) {
    throw new TypeError(
      `engine must free a lock on proof of death unless fenced is true, got ${engine.name}, which knows leases only`,
    )
  }
  if (fenced && !fencing) {
    throw new TypeError(`engine must number its holders when fenced is true, got ${engine.name}`)
  }
}
