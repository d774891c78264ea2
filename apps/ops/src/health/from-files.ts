import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { diskSpace } from '@holdfast/health'
import { inspectLock, type LockInspection } from '@holdfast/file-lock'
import { readSlotSamples } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { livingPids } from '../rollout/routers.ts'
import { statusOf, worst, type CheckSeen, type HealthSeen, type SlotSeen } from './health.ts'

/** How far back a record of slots is looked for. */
const DAY_MS = 86_400_000

/**
 * What the data directory tells of a router that does not answer. It changes nothing.
 * @param why why it does not, in a sentence.
 */
export async function healthFromFiles(
  why: string,
  url: string | null,
  { dataDir, clock, signal, observe }: Context,
): Promise<HealthSeen> {
  const atMs = clock.wallMs()
  const living = await livingPids({ dataDir, clock })
  const disk = await diskSpace({ path: dataDir })({ signal })
  const found = typeof disk === 'object' && disk !== null ? disk : { status: disk, message: null }
  const checks: CheckSeen[] = [
    { name: 'router', status: 'critical', message: why },
    processes(living),
    lockCheck(await inspectLock(join(dataDir, 'router'), { clock })),
    await written('learned', join(dataDir, 'learned'), atMs),
    await written('ledger', join(dataDir, 'ledger'), atMs),
    { name: 'disk', status: statusOf(found.status), message: found.message ?? null },
  ]
  const window = { fromMs: atMs - DAY_MS, toMs: atMs + 1 }
  const samples = await readSlotSamples(join(dataDir, 'slots'), window, { observe })
  return {
    source: 'files',
    url,
    why,
    atMs,
    status: worst(checks.map(({ status }) => status)),
    checks,
    slots: lastOf(samples),
  }
}

function processes(living: readonly number[]): CheckSeen {
  if (living.length === 0) {
    return { name: 'processes', status: 'critical', message: 'no process of a router lives' }
  }
  const pids = living.join(', ')
  return { name: 'processes', status: 'critical', message: `live and give no answer: ${pids}` }
}

/** Decides. */
export function lockCheck({
  state,
  liveness,
  owner,
}: Pick<LockInspection, 'state' | 'liveness' | 'owner'>): CheckSeen {
  const name = 'lock'
  const who = `process ${owner?.pid ?? 'unknown'}`
  if (state === 'damaged') return { name, status: 'critical', message: 'the lock is damaged' }
  if (state !== 'held') return { name, status: 'ok', message: 'free: nobody has the directory' }
  if (liveness !== 'dead') return { name, status: 'ok', message: `${who} has the directory` }
  const message = `${who} died and left it; the next router takes it over`
  return { name, status: 'degraded', message }
}

/** When anything in a directory was last written. What is not there yet may never have been needed. */
async function written(name: string, directory: string, nowMs: number): Promise<CheckSeen> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const times = await Promise.all(
      files.map(async ({ parentPath, name: file }) => (await stat(join(parentPath, file))).mtimeMs),
    )
    if (times.length === 0) return { name, status: 'unknown', message: `${directory} is empty` }
    const ageMs = Math.max(0, nowMs - Math.max(...times))
    return { name, status: 'ok', message: `last written ${durationText(ageMs)} ago` }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const said = code === 'ENOENT' ? `there is no ${directory}` : message
    return { name, status: code === 'ENOENT' ? 'unknown' : 'critical', message: said }
  }
}

interface Sample {
  readonly slot: string
  readonly status: string
  readonly atMs: number
}

/** The last word on each slot; where several processes spoke at once, the last of them. */
function lastOf(samples: readonly Sample[]): SlotSeen[] {
  const last = new Map(samples.map((sample) => [sample.slot, sample]))
  return [...last.values()]
    .toSorted((a, b) => (a.slot < b.slot ? -1 : 1))
    .map(({ slot, status, atMs }) => ({ name: slot, status: statusOf(status), checks: [], atMs }))
}
