import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from '@holdfast/atomic-json'
import {
  importState,
  openFileStore,
  type BanditStore,
  type FileStoreOptions,
} from '@holdfast/bandit-store'
import { restoreLinUCB } from '@holdfast/linucb'
import type { Clock, Observe, Random } from '@holdfast/seams'
import { z } from 'zod'
import type { Config } from '../config/read-config.ts'
import { featureNames } from '../decide/features.ts'
import type { RouterFact } from '../tell/facts.ts'

/** Folder of the data directory that holds what was learned. */
export const LEARNED = 'learned'

/** What was learned, ready to go on. */
export interface LearnedStore {
  /** Null when the folder cannot be used at all: then nothing is learned. */
  readonly store: BanditStore | null
  /** False: what was learned is lost or out of reach, and the guardrail answers until the next start. */
  readonly isTrusted: boolean
}

export interface LearnedStoreOptions {
  readonly config: Pick<Config, 'dataDir' | 'statePath' | 'features' | 'learning'>
  readonly clock: Clock
  readonly random: Random
  readonly observe: Observe<RouterFact>
}

/**
 * Opens what was learned. What cannot be used is moved aside, and a fact says so; what another version learned is taken
 * over. Only one process may do this at a time; others then open the store with `openAmongOthers`.
 */
export async function openLearned(options: LearnedStoreOptions): Promise<LearnedStore> {
  const { config, clock, observe } = options
  try {
    return await takeOver(options, await openShared(options))
  } catch (error) {
    const { code, message: reason } = error as { code?: string; message: string }
    if (code !== 'BANDIT_STORE_MISMATCH' && code !== 'BANDIT_STORE_BROKEN') {
      return outOfReach(options, error)
    }
    try {
      const path = learnedPath(config)
      const keptAt = await moveAside(path, clock)
      // Other features were chosen on purpose, and nothing is broken: learning starts anew.
      const isOther = code === 'BANDIT_STORE_MISMATCH'
      const kind = isOther ? 'router.state-set-aside' : 'router.state-broken'
      observe({ kind, path, reason, keptAt })
      return { store: await openShared(options), isTrusted: isOther }
    } catch (again) {
      return outOfReach(options, again)
    }
  }
}

/**
 * Opens what was learned as one of several processes, after the first has opened it. Nothing is moved aside: others are
 * at work on it.
 * @param isTrusted what the first found.
 */
export async function openAmongOthers(
  options: LearnedStoreOptions,
  isTrusted: boolean,
): Promise<LearnedStore> {
  try {
    return { store: await openShared(options), isTrusted }
  } catch (error) {
    return outOfReach(options, error)
  }
}

/** It may be good: it is not touched, and nothing is acknowledged that could not be kept. */
function outOfReach({ config, observe }: LearnedStoreOptions, error: unknown): LearnedStore {
  const reason = error instanceof Error ? error.message : String(error)
  observe({ kind: 'router.state-broken', path: learnedPath(config), reason, keptAt: null })
  return { store: null, isTrusted: false }
}

/** Opens what was learned, which other processes may be at work on. @throws what `openFileStore` throws. */
export function openShared(options: LearnedStoreOptions): Promise<BanditStore> {
  const { config } = options
  return openFileStore(join(config.dataDir, LEARNED), storeOptions(options))
}

function storeOptions({ config, clock, random, observe }: LearnedStoreOptions): FileStoreOptions {
  const { learning, features } = config
  return {
    dim: featureNames(features).length,
    deadlineMs: learning.feedbackMs,
    pendingLimit: learning.pendingLimit,
    keepEpochs: epochsFor(learning.halfLifeHours),
    clock,
    random,
    observe,
  }
}

const FEWEST_EPOCHS = 48

/**
 * How many hours are kept apart, for this half-life: beyond ten of them an hour counts less than a thousandth, whatever
 * exactly its age.
 */
export const epochsFor = (halfLifeHours: number | null): number =>
  Math.min(Math.max(FEWEST_EPOCHS, Math.ceil(10 * (halfLifeHours ?? 0))), 10_000)

/** Takes what an earlier version or the seed's system has learned into a store that has learned nothing. */
async function takeOver(options: LearnedStoreOptions, store: BanditStore): Promise<LearnedStore> {
  const { config, clock, observe } = options
  const { statePath: path } = config
  const { decisions, imported } = store.read()
  if (decisions > 0 || imported.size > 0) {
    const before = [...imported.values()].reduce((sum, { pulls }) => sum + pulls, 0)
    observe({ kind: 'router.state-loaded', path: learnedPath(config), updates: before + decisions })
    return { store, isTrusted: true }
  }
  const fresh = (): LearnedStore => {
    observe({ kind: 'router.state-fresh', path: learnedPath(config) })
    return { store, isTrusted: true }
  }
  let isOfOtherLength = false
  const schema = State.transform((state, context) => {
    try {
      restoreLinUCB(state, { arms: ['any'], dim: store.dim })
      return state
    } catch (error) {
      isOfOtherLength = (error as { code?: unknown }).code === 'LINUCB_DIMENSION'
      const message = error instanceof Error ? error.message : String(error)
      context.issues.push({ code: 'custom', message, input: state })
      return z.NEVER
    }
  })
  try {
    const read = await readJson(path, { onCorrupt: 'backup', schema, clock })
    if (read.kind === 'missing') return fresh()
    if (read.kind === 'ok') {
      await importState(store, read.value)
      const pulls = [...store.read().imported.values()].reduce((sum, one) => sum + one.pulls, 0)
      observe({ kind: 'router.state-loaded', path, updates: pulls })
      return { store, isTrusted: true }
    }
    const { reason, keptAt } = read
    const kind = isOfOtherLength ? 'router.state-set-aside' : 'router.state-broken'
    observe({ kind, path, reason, keptAt })
    return { store, isTrusted: isOfOtherLength }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    observe({ kind: 'router.state-broken', path, reason, keptAt: null })
    return { store, isTrusted: false }
  }
}

const learnedPath = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, LEARNED)

/** Never over something else that was moved aside before. */
async function moveAside(path: string, clock: Clock): Promise<string> {
  const keptAt = `${path}.aside-${clock.wallMs()}`
  await rename(path, keptAt)
  return keptAt
}

/** The state file of our first version held a snapshot beside other things; the seed's is the state itself. */
const State = z.union([
  z
    .looseObject({ version: z.literal(1), bandit: z.unknown() })
    .transform(({ bandit }): unknown => bandit),
  z.looseObject({ version: z.literal('1.0') }).transform((state): unknown => state),
])
