import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import { inspectLock } from '@holdfast/file-lock'
import type { Clock } from '@holdfast/seams'
import { systemCode } from '../errors.ts'
import { onlyOptions, shown, someText, wholeNumber } from '../option-rules.ts'

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
  /** Some live and do not act by it. */
  | {
      readonly kind: 'unacknowledged'
      /** Those who obey. */
      readonly workers: readonly string[]
      /** Those who did not say in time that they have seen it. They obey as soon as they look. */
      readonly missing: readonly string[]
      /** Those who have seen it, and act by something else: a fixed share, or a switch of their process. */
      readonly apart: readonly string[]
      readonly waitedMs: number
    }

const POLL_MS = 25
/** A worker of which no proof can be had, in another container, is given up after so long without a sign of life, in ms. */
const QUIET_MS = 10_000

/** @throws {TypeError | RangeError} naming what is wrong with what is awaited: a misspelt field would be waited for in vain, or not at all. */
export function checkAwaited(awaited: unknown): asserts awaited is Awaited {
  onlyOptions('awaited', awaited, ['seq', 'rollback'], 'field')
  const { seq, rollback } = awaited as { readonly seq?: unknown; readonly rollback?: unknown }
  if ((seq === undefined) === (rollback === undefined)) {
    const found = seq === undefined ? 'neither' : `${shown(seq)} and ${shown(rollback)}`
    throw new TypeError(`awaited must have either seq or rollback, got ${found}`)
  }
  if (seq === undefined) someText('rollback', rollback)
  else wholeNumber('seq', seq as number, 0)
}

interface AwaitOptions {
  readonly waitMs: number
  readonly clock: Clock
  /** Whether the rollout is rolled back at this change. */
  readonly isBack: boolean
  /** Aborted: nobody waits any longer. */
  readonly signal?: AbortSignal | undefined
}

/** Waits until every living worker obeys, or has said that it never will. */
export async function acknowledgement(
  directory: string,
  awaited: Awaited,
  { waitMs, clock, isBack, signal }: AwaitOptions,
): Promise<Acknowledgement> {
  const startMs = clock.monotonicMs()
  for (;;) {
    const living = await livingWorkers(directory, clock)
    const waitedMs = clock.monotonicMs() - startMs
    if (living.length === 0) return { kind: 'no-router' }
    const stances = living.map(({ worker, file }) => ({
      worker,
      stance: file === null ? 'missing' : stanceOf(file, awaited, isBack),
    }))
    const those = (wanted: Stance): string[] =>
      stances.filter(({ stance }) => stance === wanted).map(({ worker }) => worker)
    const [workers, missing, apart] = [those('obeys'), those('missing'), those('apart')]
    if (workers.length === living.length) return { kind: 'acknowledged', workers, waitedMs }
    if (missing.length === 0 || waitedMs >= waitMs || signal?.aborted === true) {
      return { kind: 'unacknowledged', workers, missing, apart, waitedMs }
    }
    await clock.sleep(Math.min(POLL_MS, waitMs - waitedMs), signal).catch(() => {
      // What is told of an abort is how far it has come until then.
    })
  }
}

type Stance = 'obeys' | 'missing' | 'apart'

/** How a worker stands to what is awaited. One that sees an unreadable rollback has rolled back as well. */
function stanceOf(
  { seq, rollback, pilot, because }: WorkerFile,
  awaited: Awaited,
  isBack: boolean,
): Stance {
  if ('rollback' in awaited) {
    const isSeen = rollback === awaited.rollback || rollback === 'unreadable'
    return pilot === 0 && isSeen ? 'obeys' : 'missing'
  }
  if (seq < awaited.seq) return 'missing'
  if (because === 'stage' || (because === 'rollback' && isBack)) return 'obeys'
  return because === 'fixed' || because === 'kill' || because === 'disabled' ? 'apart' : 'missing'
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
  // By its file or its lock: one that has just begun has only that, and so has one that was killed just then.
  const workers = new Set(names.toSorted().flatMap((name) => workerOf(name) ?? []))
  for (const worker of workers) {
    const left = names.filter((name) => workerOf(name) === worker)
    try {
      const path = join(directory, `${worker}.json`)
      const life = await lifeOf(path, join(directory, left[0] ?? ''), clock)
      if (life === 'alive') living.push({ worker, file: await fileAt(path) })
      if (life === 'dead') await forget(directory, left)
    } catch {
      // A rollout that moved must not fail because one file cannot be read: its worker is named as missing.
      living.push({ worker, file: null })
    }
  }
  return living
}

/** Whose a name in the directory is: a worker's file, its lock, or what a write of one of them left unfinished. */
function workerOf(name: string): string | null {
  return /^\.?(\d+-[0-9a-f]+)\.json/.exec(name)?.[1] ?? null
}

/** @param left something that the worker left there. */
async function lifeOf(
  path: string,
  left: string,
  clock: Clock,
): Promise<'alive' | 'dead' | 'unclear'> {
  const { state, liveness, quietMs } = await inspectLock(path, { clock })
  if (state === 'held') {
    if (liveness === 'dead') return 'dead'
    return liveness === 'alive' || (quietMs ?? 0) <= QUIET_MS ? 'alive' : 'dead'
  }
  // A lock that is only being made, which is free for a moment, or one that was broken by hand, which its owner mends.
  const { mtimeMs } = await stat(left)
  return clock.wallMs() - mtimeMs > QUIET_MS ? 'dead' : 'unclear'
}

async function fileAt(path: string): Promise<WorkerFile | null> {
  const found = await readJson<WorkerFile>(path, { onCorrupt: 'answer' })
  return found.kind === 'ok' && found.value.version === 1 ? found.value : null
}

/** Removes what a worker left that is gone; its name is never used again. */
async function forget(directory: string, left: readonly string[]): Promise<void> {
  for (const name of left) await rm(join(directory, name), { recursive: true, force: true })
}
