import { statfs } from 'node:fs/promises'
import type { Check, Finding } from '../check.ts'
import { messageOf } from '../errors.ts'
import { lengthBytes, onlyOptions, someText } from '../option-rules.ts'
import { bytesText, GIB, MIB } from './bytes.ts'

export interface DiskSpaceOptions {
  /** A file or directory on the file system in question. */
  readonly path: string
  /** Degraded with less free, in bytes ≥ 0. Default 1 GiB. */
  readonly warnBelowBytes?: number
  /** Critical with less free, in bytes from 0 to `warnBelowBytes`. Default 512 MiB. */
  readonly criticalBelowBytes?: number
}

/** What a file system says of itself. */
export interface Space {
  /** What users other than root may still write. */
  readonly freeBytes: number
  readonly totalBytes: number
  readonly freeFiles: number
  /** 0 where the file system does not count them. */
  readonly totalFiles: number
}

/**
 * A check of the room on a disk: for bytes, and for names of files. It is unknown where the file system cannot be asked.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function diskSpace(options: DiskSpaceOptions): Check {
  onlyOptions('diskSpace', options, ['path', 'warnBelowBytes', 'criticalBelowBytes'])
  const {
    path,
    warnBelowBytes = GIB,
    criticalBelowBytes = Math.min(512 * MIB, warnBelowBytes),
  } = options
  someText('path', path)
  lengthBytes('warnBelowBytes', warnBelowBytes, Infinity)
  lengthBytes('criticalBelowBytes', criticalBelowBytes, warnBelowBytes)
  return async () => {
    try {
      const { bavail, blocks, bsize, ffree, files } = await statfs(path)
      const space = {
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        freeFiles: ffree,
        totalFiles: files,
      }
      return spaceFinding(path, space, { warnBelowBytes, criticalBelowBytes })
    } catch (error) {
      return { status: 'unknown', message: `${path}: ${messageOf(error)}` }
    }
  }
}

/** Decides. */
export function spaceFinding(
  path: string,
  space: Space,
  limits: { readonly warnBelowBytes: number; readonly criticalBelowBytes: number },
): Finding {
  const { freeBytes, totalBytes, freeFiles, totalFiles } = space
  const message = `${path}: ${bytesText(freeBytes)} free of ${bytesText(totalBytes)}`
  const details = { path, ...space, ...limits }
  if (totalFiles > 0 && freeFiles === 0) {
    return { status: 'critical', message: `${message}, but no room for another file`, details }
  }
  if (freeBytes < limits.criticalBelowBytes) return { status: 'critical', message, details }
  return { status: freeBytes < limits.warnBelowBytes ? 'degraded' : 'ok', message, details }
}
