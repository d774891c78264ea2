import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  openFileStore,
  type BanditStore,
  type BanditStoreMismatchError,
  type Epoch,
  type Learned,
} from '@holdfast/bandit-store'
import type { Context } from '../command.ts'
import { inScratch, isDiskFull } from '../scratch-directory.ts'
import { copyAsIs, copyState } from './copy-state.ts'
import { lostSegments } from './glance.ts'
import { LESSONS, namesIn } from './store-files.ts'

/** What one route has learned. */
export interface RouteSums {
  readonly route: string
  readonly pulls: number
  readonly rewardSum: number
}

/** What a state turned out to hold when it was opened. */
export interface OpenState {
  /** `damaged`: it opens, and some of it cannot be read. */
  readonly kind: 'sound' | 'damaged'
  readonly problems: readonly string[]
  /** Length of every context; null where nothing was ever learned. */
  readonly dim: number | null
  readonly epochMs: number
  /** Decisions with a reward. */
  readonly decisions: number
  /** When the epoch of the newest of them began, in ms since 1970. */
  readonly newestEpochAtMs: number | null
  readonly routes: readonly RouteSums[]
}

/** `missing`: nothing was ever kept there, or someone took it away. `broken`: it is there, and cannot be opened. */
export type Examined =
  | OpenState
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly problems: readonly string[] }

type Means = Pick<Context, 'clock' | 'random' | 'signal'>

/** What the state in use holds. It is copied while routers go on, and the copy is opened: nothing is touched. */
export const examineLive = (directory: string, means: Means): Promise<Examined> =>
  examine(directory, copyState, means)

/** What a copy of a state holds: it is restored to a scratch directory, and opened there. */
export const examineCopy = (directory: string, means: Means): Promise<Examined> =>
  examine(directory, copyAsIs, means)

async function examine(directory: string, copy: typeof copyState, means: Means): Promise<Examined> {
  return await inScratch('state', async (scratch) => {
    const place = join(scratch, 'learned')
    let lost: readonly string[]
    try {
      // Here, because a copy does not show when a file was made.
      lost = await lostSegments(directory)
      await copy(directory, place, means.signal)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return { kind: 'missing' }
      if (code === 'ENOTDIR') return { kind: 'broken', problems: [message] }
      throw error
    }
    return await opened(place, directory, lost, means)
  })
}

/**
 * Opens what lies in a scratch directory.
 * @param name what it is a copy of, for the words.
 * @param lost what was seen there that does not show when it is opened.
 */
async function opened(
  place: string,
  name: string,
  lost: readonly string[],
  means: Means,
): Promise<Examined> {
  const told = (text: string): string => text.replaceAll(place, name)
  // What a store has put aside as damaged it has made up for, or told of, when it did.
  const aside = (await namesIn(join(place, LESSONS))).filter((file) => file.endsWith('.damaged'))
  const { files, bytes } = await sizeOfLessons(place)
  const { problems: heard, observe } = hearing()
  let store: BanditStore
  try {
    store = await openAny(place, { ...means, observe })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    // Of a copy that does not fit nothing follows for the state.
    if (!code.startsWith('BANDIT_STORE_') || isDiskFull(error)) throw error
    return { kind: 'broken', problems: [told(message)] }
  }
  try {
    const found = await store.verify()
    const unread = found.problems.filter((text) => !aside.some((file) => text.includes(file)))
    const problems = [...new Set([...lost, ...[...heard, ...unread].map(told)])]
    const learned = store.read()
    if (found.decisions !== learned.decisions) {
      problems.push(
        `${name}: holds ${found.decisions} decisions, and ${learned.decisions} come out`,
      )
    }
    // To the store it is the torn end of a process that was killed: nothing that was acknowledged, as far as it can know.
    if ((bytes > 0 || files > 1) && isUntaught(learned)) {
      problems.push(
        `${name}: ${files} files of lessons with ${bytes} bytes, and no lesson comes out of them`,
      )
    }
    return {
      kind: problems.length === 0 ? 'sound' : 'damaged',
      problems,
      dim: isUntaught(learned) ? null : store.dim,
      ...contentsOf(learned),
    }
  } finally {
    await store.close()
  }
}

async function sizeOfLessons(
  place: string,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const folder = join(place, LESSONS)
  const names = await namesIn(folder)
  const sizes = names.map(async (name) => (await stat(join(folder, name))).size)
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  return { files: names.length, bytes }
}

function contentsOf(
  learned: Learned,
): Pick<OpenState, 'epochMs' | 'decisions' | 'newestEpochAtMs' | 'routes'> {
  const { epochMs, decisions, newestEpoch, imported, older, epochs } = learned
  const routes = new Map<string, RouteSums>()
  for (const arms of [imported, older, ...epochs.values()]) {
    for (const [route, { pulls, rewardSum }] of arms) {
      const before = routes.get(route) ?? { pulls: 0, rewardSum: 0 }
      const sums = { pulls: before.pulls + pulls, rewardSum: before.rewardSum + rewardSum }
      routes.set(route, { route, ...sums })
    }
  }
  return {
    epochMs,
    decisions,
    newestEpochAtMs: newestEpoch === null ? null : newestEpoch * epochMs,
    routes: [...routes.values()].toSorted((a, b) => (a.route < b.route ? -1 : 1)),
  }
}

const isUntaught = ({ decisions, imported }: Learned): boolean =>
  decisions === 0 && imported.size === 0

/** Keeps what a store says of damage while it is opened. */
function hearing(): {
  readonly problems: string[]
  readonly observe: (fact: { readonly kind: string }) => void
} {
  const problems: string[] = []
  return {
    problems,
    observe: (fact) => {
      const { kind, path, error, bytes } = fact as Heard
      if (kind === 'bandit-store.snapshot-broken') problems.push(messageOf(error))
      if (kind === 'bandit-store.segment-damaged') {
        problems.push(`${path}: ${bytes} bytes cannot be read`)
      }
    },
  }
}

interface Heard {
  readonly kind: string
  readonly path?: string
  readonly error?: unknown
  readonly bytes?: number
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** Nothing that is stored is to be forgotten, or put together more coarsely, by being looked at. */
const WHOLE = { keepEpochs: 100_000, dedupeLimit: 1e8, pollMs: 1_000 } as const
const DAY_MS = 86_400_000

/**
 * Opens a store whatever contexts and epochs it was learned with: it says so itself when it is opened with others.
 * @throws what `openFileStore` throws.
 */
export async function openAny(
  directory: string,
  means: Pick<Context, 'clock' | 'random'> & { observe?: (fact: { kind: string }) => void },
): Promise<BanditStore> {
  let [dim, epoch]: [number, Epoch] = [1, 'hour']
  for (let known = 0; ; known += 1) {
    try {
      const { clock, random, observe } = means
      return await openFileStore(directory, {
        ...WHOLE,
        dim,
        epoch,
        clock,
        random,
        ...(observe === undefined ? {} : { observe }),
      })
    } catch (error) {
      const { code, field, was } = error as BanditStoreMismatchError
      // Each of the two is told once; a third time, parts of it contradict each other.
      if (code !== 'BANDIT_STORE_MISMATCH' || known === 2) throw error
      if (field === 'dim') dim = was
      else epoch = was === DAY_MS ? 'day' : 'hour'
    }
  }
}
