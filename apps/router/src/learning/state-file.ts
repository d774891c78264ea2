import { rename } from 'node:fs/promises'
import { readJson, replaceJson } from '@holdfast/atomic-json'
import { restoreLinUCB, type LinUCB, type LinUCBOptions } from '@holdfast/linucb'
import type { Clock, Observe } from '@holdfast/seams'
import { z } from 'zod'
import type { RouterFact } from '../tell/facts.ts'

const State = z.looseObject({
  version: z.literal(1),
  /** Rewards taken in so far. */
  updates: z.int().min(0),
  savedAtMs: z.number(),
  /** A snapshot of `@holdfast/linucb`, which checks it itself. */
  bandit: z.unknown(),
})

export type LoadedState =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'loaded'; readonly bandit: LinUCB; readonly updates: number }
  | { readonly kind: 'broken' }

export interface StateFile {
  /** Reads what was learned before. A file that cannot be used is kept aside, and a fact says so. */
  load(options: LinUCBOptions, acknowledged: number): Promise<LoadedState>
  /** Replaces the file as a whole. False if that failed; a fact says why. */
  save(bandit: LinUCB, updates: number): Promise<boolean>
}

export function stateFile(path: string, clock: Clock, observe: Observe<RouterFact>): StateFile {
  const broken = async (reason: string): Promise<LoadedState> => {
    const keptAt = `${path}.broken-${clock.wallMs()}`
    await rename(path, keptAt)
    observe({ kind: 'router.state-broken', path, reason, keptAt })
    return { kind: 'broken' }
  }

  return {
    async load(options, acknowledged) {
      const read = await readJson(path)
      if (read.kind === 'missing') {
        observe({ kind: 'router.state-fresh', path })
        return { kind: 'fresh' }
      }
      if (read.kind !== 'ok') return broken(read.reason)
      try {
        const { bandit, updates } = restored(read.value, options)
        const missing = Math.max(0, acknowledged - updates)
        observe({ kind: 'router.state-loaded', path, updates, missing })
        return { kind: 'loaded', bandit, updates }
      } catch (error) {
        return broken(error instanceof Error ? error.message : String(error))
      }
    },

    async save(bandit, updates) {
      const state = { version: 1, updates, savedAtMs: clock.wallMs(), bandit: bandit.snapshot() }
      try {
        await replaceJson(path, state, { createDirectory: true })
        return true
      } catch (error) {
        observe({ kind: 'router.state-write-failed', path, error })
        return false
      }
    },
  }
}

function restored(value: unknown, options: LinUCBOptions): { bandit: LinUCB; updates: number } {
  // The seed's own state files (version "1.0") have no count of updates; their pulls are that count.
  if ((value as { version?: unknown } | null)?.version === '1.0') {
    const bandit = restoreLinUCB(value, options)
    return { bandit, updates: bandit.diagnostics().decisions }
  }
  const state = State.parse(value)
  return { bandit: restoreLinUCB(state.bandit, options), updates: state.updates }
}
