import { freemem, totalmem } from 'node:os'
import { readFile } from 'node:fs/promises'
import type { Check, Finding } from '../check.ts'
import { onlyOptions, share } from '../option-rules.ts'
import { bytesText } from './bytes.ts'
import { readMemory, type Memory } from './memory.ts'

export interface MemoryPressureOptions {
  /** Degraded from this share in use, 0 to 1. Default 0.8. */
  readonly warnAtShare?: number
  /** Critical from this share in use, `warnAtShare` to 1. Default 0.95. */
  readonly criticalAtShare?: number
}

/**
 * A check of how much of its memory is in use: of the limit of the control group (version 2 or 1), where this process has
 * one, and otherwise of the machine. What the system would give up at once, such as a file's cached pages, does not count.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function memoryPressure(options: MemoryPressureOptions = {}): Check {
  onlyOptions('memoryPressure', options, ['warnAtShare', 'criticalAtShare'])
  const { warnAtShare = 0.8, criticalAtShare = Math.max(0.95, warnAtShare) } = options
  share('warnAtShare', warnAtShare)
  share('criticalAtShare', criticalAtShare, warnAtShare)
  return async () => {
    const memory = (await readMemory((path) => readFile(path, 'utf8'))) ?? machine()
    return memoryFinding(memory, { warnAtShare, criticalAtShare })
  }
}

/** Where there is no /proc to read. */
const machine = (): Memory => ({
  of: 'the machine',
  limitBytes: totalmem(),
  usedBytes: totalmem() - freemem(),
})

/** Decides. */
export function memoryFinding(
  memory: Memory,
  limits: { readonly warnAtShare: number; readonly criticalAtShare: number },
): Finding {
  const { of, limitBytes, usedBytes } = memory
  const used = usedBytes / limitBytes
  const percent = Math.floor(used * 1_000) / 10
  const message = `${percent} % of ${bytesText(limitBytes)} in use (${of})`
  const details = { ...memory, usedShare: used, ...limits }
  if (used >= limits.criticalAtShare) return { status: 'critical', message, details }
  return { status: used >= limits.warnAtShare ? 'degraded' : 'ok', message, details }
}
