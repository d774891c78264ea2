import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { inspectLock } from '@holdfast/file-lock'
import type { Clock } from '@holdfast/seams'
import { systemCode } from '../errors.ts'

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

/** A router process that lives. */
export interface LivingWorker {
  readonly worker: string
  /** Null while nobody can tell. */
  readonly pid: number | null
  /** Null while it cannot be read. */
  readonly file: WorkerFile | null
  /** Since its last sign of life, in ms by the wall clock: it gives one every second or so, unless it hangs. Null while nobody can tell. */
  readonly quietMs: number | null
}

/** A worker of which no proof can be had, in another container, is given up after so long without a sign of life, in ms. */
const QUIET_MS = 10_000

/**
 * The routers that live, by the files and locks that they have in a rollout's `files.workers`. Changes nothing: what dead ones left
 * stays. One that cannot be looked at counts as one that lives and says nothing.
 * @throws the system's error if the directory is there and cannot be read.
 */
export async function livingWorkers(directory: string, clock: Clock): Promise<LivingWorker[]> {
  return (await lookAround(directory, clock)).living
}

/** The same, and removes what dead ones left; their names are never used again. */
export async function clearedWorkers(directory: string, clock: Clock): Promise<LivingWorker[]> {
  const { living, left } = await lookAround(directory, clock)
  // What cannot be removed counts as dead the next time as well.
  for (const path of left) await rm(path, { recursive: true, force: true }).catch(() => {})
  return living
}

/** Who lives, and the paths of what dead ones left. */
async function lookAround(
  directory: string,
  clock: Clock,
): Promise<{ readonly living: LivingWorker[]; readonly left: readonly string[] }> {
  const names = await readdir(directory).catch((error: unknown): string[] => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  const living: LivingWorker[] = []
  const left: string[] = []
  // By its file or its lock: one that has just begun has only that, and so has one that was killed just then.
  const workers = new Set(names.toSorted().flatMap((name) => workerOf(name) ?? []))
  for (const worker of workers) {
    const its = names
      .filter((name) => workerOf(name) === worker)
      .map((name) => join(directory, name))
    const path = join(directory, `${worker}.json`)
    try {
      const { life, pid, quietMs } = await lifeOf(path, its[0] ?? path, clock)
      if (life === 'dead') left.push(...its)
      if (life === 'alive') living.push(await livingAt(path, { worker, pid, quietMs }))
    } catch {
      living.push({ worker, pid: null, file: null, quietMs: null })
    }
  }
  return { living, left }
}

/** Whose a name in the directory is: a worker's file, its lock, or what a write of one of them left unfinished. */
function workerOf(name: string): string | null {
  return /^\.?(\d+-[0-9a-f]+)\.json/.exec(name)?.[1] ?? null
}

interface Life {
  readonly life: 'alive' | 'dead' | 'unclear'
  readonly pid: number | null
  readonly quietMs: number | null
}

/** @param left something that the worker left there. */
async function lifeOf(path: string, left: string, clock: Clock): Promise<Life> {
  const { state, liveness, owner, quietMs } = await inspectLock(path, { clock })
  const pid = owner?.pid ?? null
  if (state === 'held') {
    const lives = liveness === 'alive' || (liveness !== 'dead' && (quietMs ?? 0) <= QUIET_MS)
    return { life: lives ? 'alive' : 'dead', pid, quietMs }
  }
  // A lock that is only being made, which is free for a moment, or one that was broken by hand, which its owner mends.
  const { mtimeMs } = await stat(left)
  return { life: clock.wallMs() - mtimeMs > QUIET_MS ? 'dead' : 'unclear', pid, quietMs }
}

async function livingAt(
  path: string,
  { worker, pid, quietMs }: Omit<LivingWorker, 'file'>,
): Promise<LivingWorker> {
  const found = await readJson<WorkerFile>(path, { onCorrupt: 'answer' })
  const file = found.kind === 'ok' && found.value.version === 1 ? found.value : null
  return { worker, pid: file?.pid ?? pid, file, quietMs }
}
