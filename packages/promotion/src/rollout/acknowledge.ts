import type { Clock } from '@holdfast/seams'
import { onlyOptions, shown, someText, wholeNumber } from '../option-rules.ts'
import { clearedWorkers, type LivingWorker, type WorkerFile } from './workers.ts'

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
    const living = await livingIn(directory, clock)
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

/** A rollout that moved must not fail because nobody can look: then one is named as missing. */
async function livingIn(
  directory: string,
  clock: Clock,
): Promise<readonly Pick<LivingWorker, 'worker' | 'file'>[]> {
  return await clearedWorkers(directory, clock).catch(() => [{ worker: directory, file: null }])
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
