import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { inspectLock } from '@holdfast/file-lock'
import type { Clock } from '@holdfast/seams'
import { systemCode } from '../errors.ts'
import { lengthMs } from '../option-rules.ts'

/** How one router process says what it obeys: its file in `workers/`, which it writes anew with every change. */
export interface WorkerFile {
  readonly version: 1
  readonly worker: string
  readonly pid: number
  /** The change of the rollout that it has seen; 0 when it saw none. */
  readonly seq: number
  /** The rollback that it has seen. */
  readonly rollback: string | null
  /** The share by which it acts. */
  readonly pilot: number
  readonly because: string
  readonly atMs: number
}

/** What is waited for: a change of the rollout, or a rollback. */
export type Awaited = { readonly seq: number } | { readonly rollback: string }

/** Who obeys. Workers are told apart by proof of life, so that one that was killed is not waited for. */
export type Acknowledgement =
  | {
      readonly kind: 'acknowledged'
      readonly workers: readonly string[]
      readonly waitedMs: number
    }
  /** No router runs. The first to start obeys before it answers anything. */
  | { readonly kind: 'no-router' }
  /** Some live and did not say so in time. They obey as soon as they look. */
  | {
      readonly kind: 'unacknowledged'
      readonly workers: readonly string[]
      readonly missing: readonly string[]
      readonly waitedMs: number
    }

const POLL_MS = 25
/** A worker of which no proof can be had, in another container, is given up after so long without a sign of life, in ms. */
const QUIET_MS = 10_000

/** Waits until every living worker obeys. */
export async function acknowledgement(
  directory: string,
  awaited: Awaited,
  { waitMs, clock }: { readonly waitMs: number; readonly clock: Clock },
): Promise<Acknowledgement> {
  lengthMs('waitMs', waitMs)
  const startMs = clock.monotonicMs()
  for (;;) {
    const living = await livingWorkers(directory, clock)
    const waitedMs = clock.monotonicMs() - startMs
    if (living.length === 0) return { kind: 'no-router' }
    const obeying = living.filter(({ file }) => file !== null && obeys(file, awaited))
    const workers = obeying.map(({ worker }) => worker)
    if (workers.length === living.length) return { kind: 'acknowledged', workers, waitedMs }
    if (waitedMs >= waitMs) {
      const missing = living.map(({ worker }) => worker).filter((name) => !workers.includes(name))
      return { kind: 'unacknowledged', workers, missing, waitedMs }
    }
    await clock.sleep(Math.min(POLL_MS, waitMs - waitedMs))
  }
}

/** Whether a worker has seen what is awaited. One that sees an unreadable rollback has rolled back as well. */
function obeys({ seq, rollback, pilot, because }: WorkerFile, awaited: Awaited): boolean {
  // One whose share is fixed sees every stage, and goes by none.
  if ('seq' in awaited) return seq >= awaited.seq && because !== 'fixed'
  return pilot === 0 && (rollback === awaited.rollback || rollback === 'unreadable')
}

/** A router process that lives. */
export interface LivingWorker {
  readonly worker: string
  /** Null while it cannot be read. */
  readonly file: WorkerFile | null
}

/** The routers that live; what dead ones left is removed. What cannot be looked at counts as one that lives and says nothing. */
export async function livingWorkers(directory: string, clock: Clock): Promise<LivingWorker[]> {
  let names: string[]
  try {
    names = await readdir(directory)
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? [] : [{ worker: directory, file: null }]
  }
  const living: LivingWorker[] = []
  for (const name of names.filter((name) => name.endsWith('.json')).toSorted()) {
    const worker = name.slice(0, -'.json'.length)
    try {
      const path = join(directory, name)
      if (await isAlive(path, clock)) living.push({ worker, file: await fileAt(path) })
      else await forget(path)
    } catch {
      // A rollout that moved must not fail because one file cannot be read: its worker is named as missing.
      living.push({ worker, file: null })
    }
  }
  return living
}

async function isAlive(path: string, clock: Clock): Promise<boolean> {
  const { state, liveness, quietMs } = await inspectLock(path, { clock })
  if (state !== 'held' || liveness === 'dead') return false
  return liveness === 'alive' || (quietMs ?? 0) <= QUIET_MS
}

async function fileAt(path: string): Promise<WorkerFile | null> {
  const found = await readJson<WorkerFile>(path, { onCorrupt: 'answer' })
  return found.kind === 'ok' && found.value.version === 1 ? found.value : null
}

/** Removes what a worker left that is gone; its name is never used again. */
async function forget(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(`${path}.lock`, { recursive: true, force: true })
}
