import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { inspectLock } from '@holdfast/file-lock'
import type { Clock } from '@holdfast/seams'

/** A process of which no proof can be had, in another container, counts for so long after its last sign of life, in ms. */
const QUIET_MS = 10_000

/** Process ids of the router's processes that live, by the files that each has in `rollout/workers`. Changes nothing. */
export async function livingProcesses(dataDir: string, clock: Clock): Promise<number[]> {
  const directory = join(dataDir, 'rollout', 'workers')
  const names = await readdir(directory).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  })
  const paths = names.filter((name) => name.endsWith('.json')).map((name) => join(directory, name))
  const pids = await Promise.all(paths.map((path) => livingPid(path, clock)))
  return pids.filter((pid) => pid !== null).toSorted((a, b) => a - b)
}

async function livingPid(path: string, clock: Clock): Promise<number | null> {
  const { state, liveness, quietMs, owner } = await inspectLock(path, { clock })
  if (state !== 'held' || liveness === 'dead') return null
  if (liveness !== 'alive' && (quietMs ?? 0) > QUIET_MS) return null
  const found = await readJson<{ readonly pid?: unknown }>(path, { onCorrupt: 'answer' })
  const said = found.kind === 'ok' ? found.value.pid : undefined
  return typeof said === 'number' ? said : (owner?.pid ?? null)
}
