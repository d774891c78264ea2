import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { walk } from '../walk.ts'
import { ok, problem, warning, type Said } from './finding.ts'

/** A clock may differ this much from that of a file system, in ms. */
const SLACK_MS = 60_000
/** By so much ids of decisions may be ahead of a clock that is told their reward. */
const REFUSED_MS = 3_600_000

/** The newest file of the data directory: one of hours to come says that this clock is behind, or another was ahead. */
export async function lookAtClock({ dataDir, clock }: Context): Promise<readonly Said[]> {
  const newest = await newestFile(dataDir)
  return [clockFinding(clock.wallMs(), newest)]
}

export function clockFinding(nowMs: number, newest: Newest | null): Said {
  const now = new Date(nowMs).toISOString()
  if (newest === null) return ok(`it is ${now}, and there is no file to compare it with`)
  const aheadMs = newest.atMs - nowMs
  if (aheadMs <= SLACK_MS) return ok(`it is ${now}; no file is of a later time`)
  const seen = `it is ${now}, and ${newest.path} is ${durationText(aheadMs)} ahead of that`
  const next = 'date -u'
  return aheadMs >= REFUSED_MS ? problem(seen, next) : warning(seen, next)
}

/** The file that was written last, by its own time. */
export interface Newest {
  readonly path: string
  readonly atMs: number
}

async function newestFile(dataDir: string): Promise<Newest | null> {
  let newest: Newest | null = null
  const { entries } = await walk(dataDir)
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // One that is gone by now is of no time.
    const found = statSync(path, { throwIfNoEntry: false })
    if (found !== undefined && found.mtimeMs > (newest?.atMs ?? -Infinity)) {
      newest = { path, atMs: found.mtimeMs }
    }
  }
  return newest
}
