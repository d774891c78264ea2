import type { Clock } from '@holdfast/seams'
import type { LockOwner } from './owner.ts'

/**
 * Callers of one thread who want one lock stand in one line, first come, first served; only the first of them contends with
 * other processes. Module state, because callers who know nothing of each other may mean the same lock. A line
 * exists while someone stands in it.
 */
const lines = new Map<string, Line>()

interface Line {
  /** The first, once it has the lock. */
  owner: LockOwner | null
  /** Those behind the first. */
  readonly waiting: (() => void)[]
}

/** Who of this thread has the lock called `key`. */
export function ownerIn(key: string): LockOwner | null {
  return lines.get(key)?.owner ?? null
}

/** The first in line has the lock now. */
export function setOwner(key: string, owner: LockOwner): void {
  const line = lines.get(key)
  if (line !== undefined) line.owner = owner
}

/** Stands at the front if nobody is there. */
export function enterAtOnce(key: string): boolean {
  if (lines.has(key)) return false
  lines.set(key, { owner: null, waiting: [] })
  return true
}

/**
 * Waits to be at the front.
 * @returns false after `waitMs`, and then this caller is out of the line.
 * @throws `signal.reason`, out of the line too.
 */
export async function enter(
  key: string,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const line = lines.get(key)
  if (line === undefined) return enterAtOnce(key)
  return await new Promise((resolve, reject) => {
    const quit = (): void => {
      line.waiting.splice(line.waiting.indexOf(step), 1)
      timer.cancel()
      signal?.removeEventListener('abort', abort)
    }
    const step = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', abort)
      resolve(true)
    }
    const abort = (): void => {
      quit()
      reject(signal?.reason)
    }
    const timer = clock.after(waitMs, () => {
      quit()
      resolve(false)
    })
    line.waiting.push(step)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** Leaves the front to the next. */
export function leave(key: string): void {
  const line = lines.get(key)
  const next = line?.waiting.shift()
  if (line === undefined || next === undefined) {
    lines.delete(key)
    return
  }
  line.owner = null
  next()
}
