import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { timeOf } from '../decision-id.ts'
import { codeOf } from '../errors.ts'
import type { PendingDecision } from '../pending-table.ts'
import type { Body } from './frame.ts'
import { DECISIONS, OPEN, segmentOf } from './names.ts'
import { openSegment, type SegmentReader } from './segment-reader.ts'

/** About what a decision takes on the disk beside its context, in bytes: frame, id, and a usual note. */
const DECISION_BYTES = 256
/** More are not kept open: each start of a process makes one, and one that starts again and again must not use up files. */
const MOST_SEGMENTS = 500

export interface DecisionLogOptions {
  readonly directory: string
  readonly dim: number
  readonly limit: number
  readonly deadlineMs: number
  readonly owns: (segment: string) => boolean
  readonly onDecision: (decision: PendingDecision) => void
}

/** The decisions that other processes wait for. Nobody needs them at once, so they are read when one is sought. */
export interface DecisionLog {
  /** Takes in what came since. */
  look(): Promise<void>
  /** Removes what is too old, and too much. */
  removeOld(nowMs: number): Promise<void>
  close(): Promise<void>
}

export function decisionLog(options: DecisionLogOptions): DecisionLog {
  const { dim, owns, onDecision } = options
  const directory = join(options.directory, DECISIONS)
  const segments = new Map<string, SegmentReader>()

  const hear = (body: Body): void => {
    if (body.kind !== 'decision') return
    const { key, arm, context, note } = body
    // A key of its own, or every decision would keep the 64 KiB it was read with.
    onDecision({ key: Uint8Array.from(key), atMs: timeOf(key, 0), arm, context, note })
  }

  const names = async (): Promise<string[]> =>
    (await readdir(directory)).map(segmentOf).filter((name) => name !== null)

  const forget = async (name: string): Promise<void> => {
    const segment = segments.get(name)
    segments.delete(name)
    await segment?.close()
  }

  return {
    async look() {
      const present = new Set(await names())
      for (const name of present) {
        if (owns(name)) continue
        const segment = segments.get(name) ?? (await openSegment(join(directory, name), dim))
        if (segment === null) continue
        segments.set(name, segment)
        await segment.read(hear)
      }
      for (const name of segments.keys()) if (!present.has(name)) await forget(name)
    },
    async removeOld(nowMs) {
      const files = await Promise.all(
        (await names()).map(async (name) => {
          const path = join(directory, name + OPEN)
          return { name, path, ...(await statOf(path)) }
        }),
      )
      let keptBytes = 0
      const mostBytes = options.limit * (DECISION_BYTES + 2 * dim)
      const newestFirst = files.toSorted((a, b) => b.mtimeMs - a.mtimeMs)
      for (const [place, { path, size, mtimeMs }] of newestFirst.entries()) {
        const isTooMuch = keptBytes > mostBytes || place >= MOST_SEGMENTS
        if (isTooMuch || mtimeMs < nowMs - options.deadlineMs) await removed(path)
        keptBytes += size
      }
    },
    async close() {
      for (const name of segments.keys()) await forget(name)
    },
  }
}

async function statOf(path: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    return await stat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { size: 0, mtimeMs: 0 }
    throw error
  }
}

async function removed(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
