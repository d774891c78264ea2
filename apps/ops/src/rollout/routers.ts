import { createRollout, livingWorkers } from '@holdfast/promotion'
import { join } from 'node:path'
import type { Context } from '../command.ts'

/** A router process that lives, and what it says that it obeys. */
export interface RouterSeen {
  readonly worker: string
  /** Null while nobody can tell. */
  readonly pid: number | null
  /** The share by which it acts, 0 to 1; null, as what follows, while its file cannot be read. */
  readonly pilot: number | null
  readonly because: string | null
  /** The last change of the rollout that it has seen. */
  readonly seq: number | null
  readonly sinceMs: number | null
  /** Since its last sign of life, which comes every second unless it hangs; null while nobody can tell. */
  readonly quietMs: number | null
}

/** The routers that live in a data directory. Changes nothing: what dead ones left stays. */
export async function routersOf({
  dataDir,
  clock,
}: Pick<Context, 'dataDir' | 'clock'>): Promise<RouterSeen[]> {
  const { files } = createRollout({ directory: join(dataDir, 'rollout'), clock })
  const living = await livingWorkers(files.workers, clock).catch((error: NodeJS.ErrnoException) => {
    // A file is where the directory would be: that is told of the rollout.
    if (error.code === 'ENOTDIR') return []
    throw error
  })
  return living.map(({ worker, pid, file, quietMs }) => ({
    worker,
    pid,
    pilot: file?.pilot ?? null,
    because: file?.because ?? null,
    seq: file?.seq ?? null,
    sinceMs: file?.atMs ?? null,
    quietMs,
  }))
}

/** Their process ids, ascending. */
export async function livingPids(place: Pick<Context, 'dataDir' | 'clock'>): Promise<number[]> {
  const routers = await routersOf(place)
  return routers.flatMap(({ pid }) => pid ?? []).toSorted((a, b) => a - b)
}
