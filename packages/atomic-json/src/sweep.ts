import { readdirSync, statSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '@holdfast/seams'
import { isAbandoned } from './abandoned.ts'
import { systemCode } from './errors.ts'
import { temporaryPid } from './file-names.ts'

/** Looking takes as long as the directory is large, so a path is swept once in this time. */
const SWEEP_EVERY_MS = 10 * 60_000

/** Past this many paths the oldest is forgotten, and swept once more than needed. */
const MOST_REMEMBERED = 1000

/**
 * When each path was last swept, by the clock that said so. It is shared by the whole process because
 * it only saves work: losing it costs one look at a directory.
 */
const sweptAtMs = new WeakMap<Clock, Map<string, number>>()

/**
 * Removes temporary files of `path` whose writers are dead, if none was looked for lately.
 * @returns how many were removed.
 */
export function sweep(path: string, clock: Clock): number {
  const times = sweptAtMs.get(clock) ?? new Map<string, number>()
  sweptAtMs.set(clock, times)
  const nowMs = clock.monotonicMs()
  const lastMs = times.get(path)
  if (lastMs !== undefined && nowMs - lastMs < SWEEP_EVERY_MS) return 0
  times.delete(path)
  times.set(path, nowMs)
  if (times.size > MOST_REMEMBERED) times.delete(times.keys().next().value ?? '')
  return removeAbandoned(path, clock.wallMs())
}

function removeAbandoned(path: string, wallMs: number): number {
  const directory = dirname(path)
  let removed = 0
  try {
    for (const name of readdirSync(directory)) {
      const pid = temporaryPid(path, name)
      if (pid === null) continue
      const file = join(directory, name)
      const ageMs = wallMs - statSync(file).mtimeMs
      if (!isAbandoned({ ageMs, isWriterAlive: isAlive(pid) })) continue
      unlinkSync(file)
      removed += 1
    }
  } catch {
    // Sweeping is a courtesy: a directory that may not be listed, or a file that someone else has just
    // removed, must not keep the caller from writing. The next sweep looks again.
  }
  return removed
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 asks and does nothing.
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and someone else's.
    return systemCode(error) !== 'ESRCH'
  }
}
