import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { inspectLock } from '@holdfast/file-lock'
import type { WorkerFile } from '@holdfast/promotion'
import type { Context } from '../command.ts'

/** A router process that lives, and what it says that it obeys. */
export interface RouterSeen {
  readonly worker: string
  /** Null while its file cannot be read. */
  readonly pid: number | null
  /** The share by which it acts, 0 to 1. */
  readonly pilot: number | null
  readonly because: string | null
  /** The last change of the rollout that it has seen. */
  readonly seq: number | null
  readonly sinceMs: number | null
}

/** A process in another container, of which no proof can be had, counts as long as it showed itself within this. */
const QUIET_MS = 10_000

/** The routers that live, by their files and locks in `rollout/workers`. Changes nothing: what dead ones left stays. */
export async function routersOf({ dataDir, clock }: Context): Promise<RouterSeen[]> {
  const directory = join(dataDir, 'rollout', 'workers')
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  const files = names.filter((name) => name.endsWith('.json')).toSorted()
  const seen = await Promise.all(
    files.map(async (name) => {
      const path = join(directory, name)
      const { state, liveness, quietMs } = await inspectLock(path, { clock })
      const lives = liveness === 'alive' || (liveness !== 'dead' && (quietMs ?? 0) <= QUIET_MS)
      return state === 'held' && lives ? await routerAt(path, name.slice(0, -'.json'.length)) : null
    }),
  )
  return seen.filter((router) => router !== null)
}

async function routerAt(path: string, worker: string): Promise<RouterSeen> {
  const found = await readJson<WorkerFile>(path, { onCorrupt: 'answer' })
  if (found.kind !== 'ok' || found.value.version !== 1) {
    return { worker, pid: null, pilot: null, because: null, seq: null, sinceMs: null }
  }
  const { pid, pilot, because, seq, atMs } = found.value
  return { worker, pid, pilot, because, seq, sinceMs: atMs }
}
