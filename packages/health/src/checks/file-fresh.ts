import { stat } from 'node:fs/promises'
import { systemClock, type Clock } from '@holdfast/seams'
import type { Check, Finding } from '../check.ts'
import { lengthMs, onlyOptions, someText } from '../option-rules.ts'

export interface FileFreshOptions {
  readonly path: string
  /** How long ago the file may have been written, in ms ≥ 0. Default 3 600 000, an hour. */
  readonly maxAgeMs?: number
  readonly clock?: Clock
}

/** How far a file may be dated ahead of the clock, in ms: as much as two machines' clocks commonly differ. */
const TOLERATED_MS = 60_000

/**
 * A check that a file is there and was written lately. One that is dated in the future is `degraded`: its age is not
 * known then.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function fileFresh(options: FileFreshOptions): Check {
  onlyOptions('fileFresh', options, ['path', 'maxAgeMs', 'clock'])
  const { path, maxAgeMs = 3_600_000, clock = systemClock } = options
  someText('path', path)
  lengthMs('maxAgeMs', maxAgeMs)
  return async () => {
    const { mtimeMs } = await stat(path)
    return ageFinding(path, clock.wallMs() - mtimeMs, maxAgeMs)
  }
}

/** Decides. */
export function ageFinding(path: string, ageMs: number, maxAgeMs: number): Finding {
  const details = { path, ageMs, maxAgeMs }
  if (ageMs < -TOLERATED_MS) {
    const message = `${path}: dated ${lengthText(-ageMs)} ahead of the clock`
    return { status: 'degraded', message, details }
  }
  const message = `${path}: written ${lengthText(Math.max(0, ageMs))} ago`
  if (ageMs <= maxAgeMs) return { status: 'ok', message, details }
  const stale = `${message}, and ${lengthText(maxAgeMs)} are the most`
  return { status: 'critical', message: stale, details }
}

/** `90 s`, `15 min`, for people. */
function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
