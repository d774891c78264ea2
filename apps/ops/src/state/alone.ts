import { inspectLock, tryLock, type Lock } from '@holdfast/file-lock'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { routerLockIn } from './places.ts'

type Means = Pick<Context, 'dataDir' | 'clock' | 'observe'>

/** The process of the router that works in a data directory; null if none does. Changes nothing. */
export async function routerAt({
  dataDir,
  clock,
}: Pick<Means, 'dataDir' | 'clock'>): Promise<number | null> {
  const { state, liveness, owner } = await inspectLock(routerLockIn(dataDir), { clock })
  return state === 'held' && liveness !== 'dead' ? (owner?.pid ?? null) : null
}

/** @throws {OpsError} `OPS_LOCKED` if a router works in the data directory. */
export async function checkNoRouter(means: Pick<Means, 'dataDir' | 'clock'>): Promise<void> {
  const pid = await routerAt(means)
  if (pid !== null) throw routerRuns(means.dataDir, pid)
}

/**
 * Keeps routers out of the data directory until the lock is given back.
 * @throws {OpsError} `OPS_LOCKED` if one works there.
 */
export async function keepRoutersOut({ dataDir, observe }: Means): Promise<Lock> {
  try {
    // The engine that routers use: it tells one of another container that died from one that lives.
    return await tryLock(routerLockIn(dataDir), {
      engine: 'kernel',
      createDirectory: true,
      observe,
    })
  } catch (error) {
    const { code, owner } = error as { code?: unknown; owner?: { pid: number } | null }
    if (code !== 'LOCK_EXISTS') throw error
    throw routerRuns(dataDir, owner?.pid ?? null, error)
  }
}

function routerRuns(dataDir: string, pid: number | null, cause?: unknown): OpsError {
  const who = pid === null ? '' : ` (process ${pid})`
  return new OpsError(
    'OPS_LOCKED',
    `a router works in ${dataDir}${who}, and would go on with what it knows; nothing was changed`,
    { next: [...(pid === null ? [] : [`kill ${pid}`]), 'the same again'], cause },
  )
}
