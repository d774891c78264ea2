import { readJson, replaceJson, type JsonRead } from '@holdfast/atomic-json'
import { restoreLinUCB, type LinUCB, type LinUCBOptions } from '@holdfast/linucb'
import type { Clock, Observe } from '@holdfast/seams'
import { z } from 'zod'
import type { RouterFact } from '../tell/facts.ts'
import type { DirectoryLock } from './directory-lock.ts'

/** What was learned, ready to go on. */
export interface LearnedState {
  readonly bandit: LinUCB
  /** Rewards taken in so far. */
  readonly updates: number
}

export type LoadedState =
  | { readonly kind: 'fresh' }
  | ({ readonly kind: 'loaded' } & LearnedState)
  | { readonly kind: 'broken' }

export interface StateFile {
  /** Reads what was learned before. A file that cannot be used is kept aside, and a fact says so. */
  load(options: LinUCBOptions, acknowledged: number): Promise<LoadedState>
  /** Replaces the file as a whole. False if that failed; a fact says why. */
  save(state: LearnedState): Promise<boolean>
}

/** @param lock held on the file. Without it nothing is written. */
export function stateFile(
  path: string,
  lock: Pick<DirectoryLock, 'assertValid'>,
  clock: Clock,
  observe: Observe<RouterFact>,
): StateFile {
  // A file that is there but could not be read may be good: it is never written over.
  let isUnreadable = false

  return {
    async load(options, acknowledged) {
      let read: JsonRead<LearnedState>
      let isOfOtherLength = false
      const schema = stateSchema(options, () => (isOfOtherLength = true))
      try {
        read = await readJson(path, { onCorrupt: 'backup', schema, clock })
      } catch (error) {
        isUnreadable = true
        const reason = error instanceof Error ? error.message : String(error)
        observe({ kind: 'router.state-broken', path, reason, keptAt: null })
        return { kind: 'broken' }
      }
      if (read.kind === 'missing') {
        observe({ kind: 'router.state-fresh', path, missing: acknowledged })
        return { kind: 'fresh' }
      }
      if (read.kind !== 'ok') {
        const { reason, keptAt } = read
        // Other features were chosen on purpose, and nothing is broken: learning starts anew.
        const kind = isOfOtherLength ? 'router.state-set-aside' : 'router.state-broken'
        observe({ kind, path, reason, keptAt })
        return { kind: isOfOtherLength ? 'fresh' : 'broken' }
      }
      const { updates } = read.value
      const missing = Math.max(0, acknowledged - updates)
      observe({ kind: 'router.state-loaded', path, updates, missing })
      return { kind: 'loaded', ...read.value }
    },

    async save({ bandit, updates }) {
      try {
        if (isUnreadable) throw new Error('it could not be read, and is not written over')
        lock.assertValid()
        const state = { version: 1, updates, savedAtMs: clock.wallMs(), bandit: bandit.snapshot() }
        await replaceJson(path, state, { createDirectory: true, clock })
        return true
      } catch (error) {
        observe({ kind: 'router.state-write-failed', path, error })
        return false
      }
    },
  }
}

const Ours = z.looseObject({
  version: z.literal(1),
  updates: z.int().min(0),
  savedAtMs: z.number(),
  bandit: z.unknown(),
})
/** The seed's own state file. It has no count of updates; its pulls are that count. */
const Seed = z.looseObject({
  version: z.literal('1.0'),
  total_pulls: z.record(z.string(), z.int().min(0)),
})

/**
 * Both forms, and with them the bandit itself: a file is good only if one can go on from it.
 * @param onOtherLength hears that the file is good, but learned from contexts of another length.
 */
function stateSchema(options: LinUCBOptions, onOtherLength: () => void): z.ZodType<LearnedState> {
  return z.union([Ours, Seed]).transform((file, context) => {
    try {
      if (file.version === 1)
        return { bandit: restoreLinUCB(file.bandit, options), updates: file.updates }
      const updates = Object.values(file.total_pulls).reduce((sum, pulls) => sum + pulls, 0)
      return { bandit: restoreLinUCB(file, options), updates }
    } catch (error) {
      if ((error as { code?: unknown }).code === 'LINUCB_DIMENSION') onOtherLength()
      const message = error instanceof Error ? error.message : String(error)
      context.issues.push({ code: 'custom', message, input: file })
      return z.NEVER
    }
  })
}
