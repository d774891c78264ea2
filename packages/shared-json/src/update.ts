import { replaceJson, type JsonMissing, type JsonOk } from '@holdfast/atomic-json'
import { withLock, type Lock } from '@holdfast/file-lock'
import { ignore, systemClock } from '@holdfast/seams'
import { adopt } from './adopt.ts'
import { codeOf, SharedJsonRefusedError, SharedJsonUnconfirmedError } from './errors.ts'
import { find } from './find.ts'
import { checkUpdateOptions, type UpdateSharedJsonOptions } from './options.ts'

/**
 * What `change` returns when there is nothing to change: then nothing is written. It is a value of its own, because a
 * forgotten `return` must not pass for it. The same in all copies of this package.
 */
export const unchanged: unique symbol = Symbol.for('@holdfast/shared-json unchanged')

/** What JSON can say at its top. */
export type JsonForm = object | string | number | boolean | null

/**
 * Makes the new value out of the current one, which is undefined when there is no file. It runs while the lock is held,
 * so everyone waits for it: fetch and compute beforehand. It may change `current` in place, and must then return it all
 * the same: what it returns is what is written, and nothing else is. It is called once.
 */
export type Change<T, R> = (current: T | undefined, context: ChangeContext<T>) => R | Promise<R>

export interface ChangeContext<T> {
  /** How the current value was found: in the file, in a generation, or by default, with the reason. */
  readonly read: JsonOk<T> | JsonMissing
  /** The lock under which the change runs. `signal` is aborted if it is lost; hand `fence` to what else you protect by it. */
  readonly lock: Pick<Lock, 'fence' | 'owner' | 'signal' | 'isValid' | 'assertValid'>
}

export type SharedJsonUpdate<T> = SharedJsonUpdated<T> | SharedJsonUnchanged<T>

/** The value is in the file, and everyone who takes the lock from now on is given it. */
export interface SharedJsonUpdated<T> {
  readonly kind: 'updated'
  readonly path: string
  /** As `change` returned it. Readers get its JSON form, as the schema reads it. */
  readonly value: T
  /** The number of the lock under which it was written. Higher than those of all earlier updates. */
  readonly fence: number
  /** The file that holds it: absolute, links followed, with the fence in its name if there is one. */
  readonly file: string
}

/** `change` returned `unchanged`: nothing was written. */
export interface SharedJsonUnchanged<T> {
  readonly kind: 'unchanged'
  readonly path: string
  /** What `change` was given, undefined when there is no file. */
  readonly value: T | undefined
  readonly fence: number
}

/**
 * Changes a JSON file that others change too: takes its lock, reads it, calls `change`, replaces it whole, and gives the lock
 * back. When this resolves, the change is in the file and no other update has been lost; when it rejects, nothing
 * was written, but for the two errors that say otherwise.
 *
 * All who change the file must do it in this way. Reading needs no lock: `readSharedJson`, or `readJson`.
 *
 * The lock is looked at once more right before the file is replaced. With `takeover: 'dead'` on one machine nobody else can hold it by then;
 * where leases end locks, only `fenced` closes the moment between that look and the rename.
 * @throws what `change` throws. Nothing was written.
 * @throws {LockTimeoutError | LockFailedError} if the lock could not be had. Nothing was read or written.
 * @throws {LockReentrantError} at once, when called within a change of the same file. Nothing was written by this call.
 * @throws {LockLostError} if the lock was lost before the value was written. Nothing was written.
 * @throws {JsonCorruptError | JsonNotReadError} as `readJson`. Nothing was written.
 * @throws {JsonValueError | JsonSchemaError | JsonNotWrittenError} as `replaceJson`. Nothing was written; `JSON_STALE_FENCE` is a lost lock.
 * @throws {JsonNotDurableError} when it was written, and only `full` could not be confirmed.
 * @throws {SharedJsonUnconfirmedError} when it was written, and only afterwards the lock proved to be lost.
 * @throws {SharedJsonRefusedError} when someone writes the file in another way. Nothing was written.
 * @throws {TypeError | RangeError} naming a bad option, or when `change` returned undefined. Nothing was written.
 * @throws `signal.reason` if aborted before the value was written. Nothing was written.
 */
export function updateSharedJson<T extends JsonForm>(
  path: string,
  change: Change<T, T>,
  options?: UpdateSharedJsonOptions<T>,
): Promise<SharedJsonUpdated<T>>
/** The same, for a change that may find nothing to change. */
export function updateSharedJson<T>(
  path: string,
  change: Change<T, T | typeof unchanged>,
  options?: UpdateSharedJsonOptions<T>,
): Promise<SharedJsonUpdate<T>>
export async function updateSharedJson<T>(
  path: string,
  change: Change<T, T | typeof unchanged>,
  options: UpdateSharedJsonOptions<T> = {},
): Promise<SharedJsonUpdate<T>> {
  const { clock = systemClock, observe = ignore } = options
  checkUpdateOptions(options)
  if (typeof change !== 'function') {
    throw new TypeError(`change must be a function, got ${String(change)}`)
  }
  const startMs = clock.monotonicMs()
  let wonMs = startMs
  let writtenUnder: number | null = null
  const unconfirmed = (error: unknown): never => {
    if (writtenUnder === null) throw error
    // The work was done, so what failed is giving the lock back, and only that proves that it was ours to the end.
    const fence = writtenUnder
    observe({ kind: 'shared-json.unconfirmed', path, fence, code: codeOf(error) })
    throw new SharedJsonUnconfirmedError(path, fence, error)
  }
  const update = await withLock(path, { ...options, nested: 'refuse' }, async (lock) => {
    wonMs = clock.monotonicMs()
    const done = await updateUnder(lock, change, options)
    if (done.kind === 'updated') writtenUnder = lock.fence
    return done
  }).catch(unconfirmed)
  const { kind, fence } = update
  const [waitedMs, heldMs] = [wonMs - startMs, clock.monotonicMs() - wonMs]
  observe({ kind: `shared-json.${kind}`, path, fence, waitedMs, heldMs })
  return update
}

async function updateUnder<T>(
  lock: Lock,
  change: Change<T, T | typeof unchanged>,
  options: UpdateSharedJsonOptions<T>,
): Promise<SharedJsonUpdate<T>> {
  const { path, fence } = lock
  const { fenced = false, observe = ignore } = options
  const { read, isUnfenced } = await find(path, options)
  const current = read.kind === 'ok' ? read.value : undefined
  const value = await change(current, { read, lock })
  if (value === unchanged) return { kind: 'unchanged', path, value: current, fence }
  if (value === undefined) {
    throw new TypeError('change must return the new value, or unchanged, got undefined')
  }
  lock.assertValid()
  if (isUnfenced) {
    const file = adopt(path)
    if (file !== null) observe({ kind: 'shared-json.adopted', path, file })
  }
  const written = await replaceJson(path, value, fenced ? { ...options, fence } : options)
  if (written.kind === 'overtaken') {
    const reason = 'replaceJsonSync was called for it meanwhile, without the lock'
    throw new SharedJsonRefusedError('SHARED_JSON_OVERTAKEN', path, reason)
  }
  return { kind: 'updated', path, value, fence, file: written.file }
}
