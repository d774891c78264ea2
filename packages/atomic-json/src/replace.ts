import { ignore, systemClock, systemRandom } from '@holdfast/seams'
import { canonicalPath } from './canonical-path.ts'
import { JsonNotWrittenError, systemCode } from './errors.ts'
import { fencedPath } from './file-names.ts'
import { inTurn, lineLength, LONGEST_LINE, overtake } from './line.ts'
import { checkReplaceOptions, DEFAULT_MAX_BYTES, type ReplaceJsonOptions } from './options.ts'
import { printJson } from './print-json.ts'
import { replace, type JsonWritten, type Replacement } from './replacement.ts'
import { runAsync, runSync } from './steps.ts'
import { notWritten } from './system-error.ts'

/**
 * Replaces a JSON file, whole or not at all; resolves when `durability` is reached. The value is
 * printed before this returns its promise, so it may be changed right after the call.
 *
 * Calls for one file run in the order they were made, by whatever path they name it. Where a
 * `replaceJsonSync` made later has finished first, this one writes nothing more and resolves as
 * `overtaken`.
 * @throws {JsonValueError | JsonSchemaError} for a value that is refused. The old file is unchanged.
 * @throws {JsonNotWrittenError} when it was not written. The old file is unchanged.
 * @throws {JsonNotDurableError} when it was written, and only `full` could not be confirmed.
 * @throws {TypeError | RangeError} naming a bad option.
 * @throws `signal.reason` if aborted before its turn. The old file is unchanged.
 */
export async function replaceJson<T>(
  path: string,
  value: T,
  options: ReplaceJsonOptions<T> = {},
): Promise<JsonWritten> {
  const replacement = prepare(path, value, options)
  const { target, clock, signal } = replacement
  if (lineLength(target) >= LONGEST_LINE) throw lineIsFull(replacement)
  return await inTurn(target, (turn) => {
    const publication = { isWanted: () => !turn.isOvertaken, onPublished: () => {} }
    return runAsync(replace(replacement, publication), clock, signal)
  })
}

/**
 * `replaceJson`, done before it returns, for the last words of a process. It does not wait for calls
 * of `replaceJson` that are still under way: once it has put its content in place, theirs is dropped,
 * since it is older.
 * @throws as `replaceJson` does, and {TypeError} when the schema answers with a promise.
 */
export function replaceJsonSync<T>(
  path: string,
  value: T,
  options: ReplaceJsonOptions<T> = {},
): JsonWritten {
  const replacement = prepare(path, value, options)
  const onPublished = (): void => overtake(replacement.target)
  return runSync(replace(replacement, { isWanted: () => true, onPublished }))
}

function prepare<T>(path: string, value: T, options: ReplaceJsonOptions<T>): Replacement<T> {
  const { envelope = false, pretty = false, fence = null, observe = ignore } = options
  checkReplaceOptions(path, options)
  try {
    // An envelope's checksum is over the compact form; the envelope is made when its number is known.
    const text = printJson(value, { pretty: pretty && !envelope })
    const target = canonicalPath(path)
    return {
      path,
      target,
      file: fence === null ? target : fencedPath(target, fence),
      fence,
      text,
      envelope,
      pretty,
      maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
      schema: options.schema,
      durability: options.durability ?? 'full',
      generations: options.generations ?? 0,
      compress: options.compress,
      createDirectory: options.createDirectory ?? false,
      mode: options.mode ?? 0o666,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      signal: options.signal,
      observe,
    }
  } catch (error) {
    const failure = notWritten(path, error)
    observe({ kind: 'json.write-failed', path, code: systemCode(failure) })
    throw failure
  }
}

function lineIsFull({ path, observe }: Pick<Replacement<never>, 'path' | 'observe'>): Error {
  const reason = `${LONGEST_LINE} earlier calls are waiting for it`
  const failure = new JsonNotWrittenError('JSON_QUEUE_FULL', path, reason)
  observe({ kind: 'json.write-failed', path, code: failure.code })
  return failure
}
