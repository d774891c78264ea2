import { systemClock, systemRandom, type Clock, type Random } from '@holdfast/seams'
import type { Check, Finding } from '../check.ts'
import { aFunction, lengthMs, onlyOptions } from '../option-rules.ts'

export interface SqliteWritableOptions {
  /** Writes `mark` where `read` finds it, such as `UPDATE health SET mark = ?`. */
  readonly write: (mark: string, signal: AbortSignal) => unknown
  /** Gives back what was written last, such as `SELECT mark FROM health`. */
  readonly read: (signal: AbortSignal) => unknown
  /** Degraded when both take longer, in ms ≥ 0. Default 1000. */
  readonly slowMs?: number
  readonly clock?: Clock
  readonly random?: Random
}

/**
 * A check that a database takes what is written and gives it back: one that only reads finds no full disk. Made for
 * SQLite by way of whatever driver; anything that can hold a text will do.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function sqliteWritable(options: SqliteWritableOptions): Check {
  onlyOptions('sqliteWritable', options, ['write', 'read', 'slowMs', 'clock', 'random'])
  const { write, read, slowMs = 1_000, clock = systemClock, random = systemRandom } = options
  aFunction('write', write)
  aFunction('read', read)
  lengthMs('slowMs', slowMs)
  return async ({ signal }): Promise<Finding> => {
    const startMs = clock.monotonicMs()
    const mark = random.hex(16)
    await write(mark, signal)
    const found = await read(signal)
    const tookMs = clock.monotonicMs() - startMs
    if (found !== mark) {
      return { status: 'critical', message: `wrote "${mark}", read back ${quoted(found)}` }
    }
    const message = `written and read back in ${Math.round(tookMs)} ms`
    return { status: tookMs > slowMs ? 'degraded' : 'ok', message, details: { tookMs, slowMs } }
  }
}

const quoted = (value: unknown): string =>
  typeof value === 'string' ? `"${value.slice(0, 40)}"` : `a ${typeof value}`
