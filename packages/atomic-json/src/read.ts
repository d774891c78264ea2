import { ignore, systemClock } from '@holdfast/seams'
import { canonicalPath } from './canonical-path.ts'
import { JsonCorruptError } from './errors.ts'
import { namesBeside } from './fallback.ts'
import { fencedPath, fencesOf } from './file-names.ts'
import { inTurn } from './line.ts'
import { lookAt, type Look, type Seen } from './look.ts'
import { checkReadOptions, DEFAULT_MAX_BYTES, type ReadJsonOptions } from './options.ts'
import type { JsonMissing, JsonOk, JsonRead } from './read-result.ts'
import { recover, tellCorrupt, type Recovery } from './recover.ts'
import { runAsync, runSync, type Steps } from './steps.ts'
import { notRead } from './system-error.ts'

/** Options with which a broken file is never answered: the read throws, or goes on with a default. */
export type DecidedReadOptions<T> =
  | (ReadJsonOptions<T> & { readonly onCorrupt?: 'throw' })
  | (ReadJsonOptions<T> & {
      readonly onCorrupt: 'backup' | 'default'
      readonly default: () => T
    })

/**
 * Reads a JSON file and says what it found. A missing file is an answer; a file that cannot be trusted
 * is what `onCorrupt` says, by default a `JsonCorruptError`. Never an empty object that was not there.
 *
 * With `onCorrupt: 'backup'` a missing file is also looked for among its generations, because a process
 * may have died just after it moved a bad file aside.
 *
 * It does not wait for writes: it sees the last content put in place, whole.
 * @throws {JsonCorruptError} under `onCorrupt: 'throw'`. The file is unchanged.
 * @throws {JsonNotReadError} when the system would not give the bytes. The file is unchanged.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export function readJson<T = unknown>(
  path: string,
  options?: DecidedReadOptions<T>,
): Promise<JsonOk<T> | JsonMissing>
export function readJson<T = unknown>(
  path: string,
  options: ReadJsonOptions<T>,
): Promise<JsonRead<T>>
export async function readJson<T>(
  path: string,
  options: ReadJsonOptions<T> = {},
): Promise<JsonRead<T>> {
  const reading = prepare(path, options)
  const { clock, target } = reading
  const { read } = await runAsync(reading.lookAgain(), clock, options.signal)
  if (isFinal(read, reading)) return read
  // In line with the writers of this process, so that none of them moves files at the same time.
  return await inTurn(target, () => runAsync(recover(reading), clock, options.signal))
}

/**
 * `readJson`, done before it returns. Files and rules are the same.
 * @throws {TypeError} also when the schema answers with a promise.
 */
export function readJsonSync<T = unknown>(
  path: string,
  options?: DecidedReadOptions<T>,
): JsonOk<T> | JsonMissing
export function readJsonSync<T = unknown>(path: string, options: ReadJsonOptions<T>): JsonRead<T>
export function readJsonSync<T>(path: string, options: ReadJsonOptions<T> = {}): JsonRead<T> {
  const reading = prepare(path, options)
  const { read } = runSync(reading.lookAgain())
  return isFinal(read, reading) ? read : runSync(recover(reading))
}

interface Reading<T> extends Recovery<T> {
  /** Absolute, no link; without fence. */
  readonly target: string
}

function prepare<T>(path: string, options: ReadJsonOptions<T>): Reading<T> {
  const { onCorrupt = 'throw', envelope = false, maxBytes = DEFAULT_MAX_BYTES } = options
  const { schema, fenced = false, clock = systemClock, observe = ignore } = options
  checkReadOptions(path, options)
  options.signal?.throwIfAborted()
  const target = targetOf(path)
  const look = { path, envelope, maxBytes, schema }
  return {
    ...look,
    target,
    onCorrupt,
    makeDefault: options.default,
    fencedBase: fenced ? target : null,
    lookAgain: () => (fenced ? lookAtHighest(target, look) : lookAt(target, look)),
    clock,
    observe,
  }
}

function targetOf(path: string): string {
  try {
    return canonicalPath(path)
  } catch (error) {
    throw notRead(path, error)
  }
}

/** A directory in which the highest fence is gone each time we look is being swept by many writers. */
const MOST_ROUNDS = 100

/** Looks at the file with the highest fence. */
function* lookAtHighest<T>(base: string, look: Look<T>): Steps<Seen<T>> {
  for (let round = 1; ; round += 1) {
    const fence = highestFence(base, look.path)
    if (fence === undefined) {
      const reason = 'there is no file with a fence in its name'
      return { read: { kind: 'missing', path: look.path, reason }, file: base, identity: null }
    }
    const seen = yield* lookAt(fencedPath(base, fence), look)
    // A writer with a higher fence has just published its file and removed this one.
    if (seen.read.kind === 'missing' && round < MOST_ROUNDS) continue
    return seen.read.kind === 'ok' ? { ...seen, read: { ...seen.read, fence } } : seen
  }
}

function highestFence(base: string, path: string): number | undefined {
  try {
    return fencesOf(base, namesBeside(base))[0]
  } catch (error) {
    throw notRead(path, error)
  }
}

/** Decides whether what was seen is the answer; if not, recovery has to find one. */
function isFinal<T>(read: JsonRead<T>, { onCorrupt, observe }: Reading<T>): boolean {
  if (read.kind === 'ok') return true
  if (read.kind === 'missing') return onCorrupt !== 'backup'
  if (onCorrupt === 'backup' || onCorrupt === 'default') return false
  tellCorrupt(observe, read)
  if (onCorrupt === 'throw') throw new JsonCorruptError(read)
  return true
}
