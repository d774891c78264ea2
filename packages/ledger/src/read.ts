import { dealOut } from './deal.ts'
import { LedgerReadError, LedgerTamperedError, messageOf } from './errors.ts'
import { joined } from './join.ts'
import {
  checkedReadOptions,
  checkPath,
  type ReadLedgerOptions,
  type ReadSettings,
} from './options.ts'
import { createPartitions } from './partitions.ts'
import { planOfFile, planOfLedger, type Plan } from './plan.ts'
import type { Fields, LedgerRow } from './row.ts'
import { LineScanner } from './scan.ts'
import { createTally, rejected, type ReadStats, type Tally } from './tally.ts'
import { Unpacker } from './unpack.ts'

/**
 * A reading: decisions of the window, each once with all that came of it, in no particular order. It begins when it is iterated, and
 * anew each time.
 */
export interface LedgerReading<D = Fields, O = Fields> extends AsyncIterable<LedgerRow<D, O>> {
  /** The same rows by the thousand, for those in a hurry. */
  batches(): AsyncIterable<readonly LedgerRow<D, O>[]>
  /** What the last reading found. A report without a look at it may be of half a ledger. */
  readonly stats: ReadStats
}

/**
 * Reads a ledger, live and archived segments alike, while others write and archive. Memory does not grow with the number of lines.
 * @throws {LedgerReadError} while iterating, if the ledger or a segment of it cannot be read. Then the rows so far are not all.
 * @throws {LedgerTamperedError} while iterating, with `isVerified`, if it is not as it was written. There was no row yet.
 * @throws {TypeError | RangeError} at once, naming an option that is not as it may be.
 */
export function readLedger<D = Fields, O = Fields>(
  directory: string,
  options: ReadLedgerOptions<D, O> = {},
): LedgerReading<D, O> {
  checkPath(directory)
  const settings = checkedReadOptions(options)
  return reading(directory, settings, () => planOfLedger(directory, settings))
}

/**
 * Reads one file of lines: of whole rows `{id, t, shadow, live, rewards}`, as the seed system writes them, or of decisions and
 * rewards as the router's `anr_ledger.ndjson` has them. Otherwise like `readLedger`.
 * @throws as `readLedger`.
 */
export function readSeedLedger<D = Fields, O = Fields>(
  path: string,
  options: ReadLedgerOptions<D, O> = {},
): LedgerReading<D, O> {
  checkPath(path)
  const settings = checkedReadOptions(options)
  return reading(path, settings, () => planOfFile(path))
}

/** Reads all of a window for its numbers. @throws as `readLedger`. */
export async function readStats(
  directory: string,
  options: ReadLedgerOptions = {},
): Promise<ReadStats> {
  const found = readLedger(directory, options)
  for await (const rows of found.batches()) void rows
  return found.stats
}

function reading<D, O>(
  path: string,
  settings: ReadSettings,
  plan: () => Promise<Plan>,
): LedgerReading<D, O> {
  let tally = createTally(settings.onReject)
  const batches = (): AsyncGenerator<readonly LedgerRow<D, O>[]> => {
    tally = createTally(settings.onReject)
    // What the fields are the caller knows.
    return batchesOf(path, settings, plan, tally) as AsyncGenerator<readonly LedgerRow<D, O>[]>
  }
  return {
    batches,
    get stats() {
      return tally.stats()
    },
    [Symbol.asyncIterator]: () => oneByOne(batches()),
  }
}

async function* batchesOf(
  path: string,
  settings: ReadSettings,
  plan: () => Promise<Plan>,
  tally: Tally,
): AsyncGenerator<readonly LedgerRow[]> {
  const { choice, clock, observe, outcomesWithinMs, random, spillDirectory } = settings
  const startMs = clock.monotonicMs()
  const failed = (error: unknown): Error =>
    error instanceof LedgerReadError || error instanceof LedgerTamperedError
      ? error
      : new LedgerReadError(path, messageOf(error), error)
  const { sizeBytes, missing, sources, problems } = await plan().catch((error: unknown) => {
    throw failed(error)
  })
  tally.missingSegments.push(...missing)
  const partitions = createPartitions(sizeBytes, spillDirectory, random)
  const scanner = new LineScanner(choice)
  const paths: string[] = []
  try {
    for await (const source of sources) {
      paths.push(source.path)
      await dealOut({ ...source, index: paths.length - 1 }, settings, scanner, partitions, tally)
    }
    if (problems.length > 0) throw new LedgerTamperedError(path, problems)
    const unpacker = new Unpacker(scanner.dictionary)
    const join = { paths, outcomesWithinMs, choice, unpacker, tally }
    for (let index = 0; index < partitions.count; index += 1) {
      const rows = joined(await partitions.partition(index), join)
      if (rows.length > 0) yield rows
    }
  } catch (error) {
    throw failed(error)
  } finally {
    await partitions.close()
  }
  const stats = tally.stats()
  const tookMs = clock.monotonicMs() - startMs
  const { rows, lines } = stats
  observe({ kind: 'ledger.read', path, rows, lines, rejected: rejected(stats), tookMs })
}

/** Hands out the members of batches. An async generator would wait three times for each. */
function oneByOne<T>(batches: AsyncGenerator<readonly T[]>): AsyncIterator<T> {
  let batch: readonly T[] = []
  let at = 0
  const next = async (): Promise<IteratorResult<T>> => {
    const more = await batches.next()
    if (more.done === true) return { done: true, value: undefined }
    batch = more.value
    at = 1
    return { done: false, value: batch[0]! }
  }
  return {
    next() {
      if (at >= batch.length) return next()
      const value = batch[at]!
      at += 1
      return Promise.resolve({ done: false, value })
    },
    async return() {
      await batches.return(undefined)
      return { done: true, value: undefined }
    },
  }
}
