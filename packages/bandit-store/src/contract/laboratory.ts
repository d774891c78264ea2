import { systemClock, type Clock } from '@holdfast/seams'
import { seededRandom } from '@holdfast/seams/testing'
import { afterEach } from 'vitest'
import type { BanditStore, Learned, Learnt, Lesson } from '../bandit-store.ts'
import type { ArmSums } from '../fold.ts'
import type { StoreOptions } from '../options.ts'

/** What the suite needs of an implementation: the real thing, empty, and others who use the same lessons. */
export interface StoreUnderTest {
  readonly store: BanditStore
  /** Another user of the same lessons, as another process is. */
  readonly another: () => Promise<BanditStore>
}

/** Opens an empty store. The clock in `options` says what time it is; its pauses are real ones. */
export type OpenStore = (options: StoreOptions) => Promise<StoreUnderTest>

export const DIM = 3
export const HOUR_MS = 3_600_000
/** Half past twelve, so that some minutes either way are of the same epoch. */
export const NOW_MS: number = Date.UTC(2026, 5, 1, 12, 30)
export const EPOCH: number = Math.floor(NOW_MS / HOUR_MS)

export interface Laboratory {
  open(
    options?: Partial<StoreOptions>,
  ): Promise<StoreUnderTest & { readonly setWallMs: (wallMs: number) => void }>
  /** An id that was not given before. @param atMs its time. Default: now. */
  id(atMs?: number): string
}

/** Opens stores, and closes them after each test. */
export function laboratory(open: OpenStore): Laboratory {
  const random = seededRandom('decisions of the contract')
  const opened: BanditStore[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })
  const kept = (store: BanditStore): BanditStore => {
    opened.push(store)
    return store
  }
  return {
    async open(options = {}) {
      let nowMs = NOW_MS
      const clock: Clock = { ...systemClock, wallMs: () => nowMs }
      const { store, another } = await open({ dim: DIM, clock, ...options })
      return {
        store: kept(store),
        another: async () => kept(await another()),
        setWallMs(wallMs) {
          nowMs = wallMs
        },
      }
    },
    id: (atMs = NOW_MS) => decisionIdOf(atMs, random.hex(18)),
  }
}

/** A UUID of version 7. @param chance 18 hexadecimal digits. */
function decisionIdOf(atMs: number, chance: string): string {
  const time = atMs.toString(16).padStart(12, '0')
  const [a, b, c] = [chance.slice(0, 3), chance.slice(3, 6), chance.slice(6)]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-8${b}-${c}`
}

/** A lesson with what a test does not care about filled in. */
export const lesson = (given: Partial<Lesson> = {}): Lesson => ({
  arm: 'R1',
  context: [1, 0.5, -0.25],
  reward: 0.5,
  ...given,
})

/** What was learned, as plain values in a fixed order. */
export function plain({
  epochs,
  older,
  imported,
  newestEpoch,
  oldestKept,
  decisions,
}: Learned): object {
  const ascending = [...epochs].toSorted(([one], [other]) => one - other)
  return {
    epochs: ascending.map(([epoch, bucket]) => [epoch, armsOf(bucket)]),
    older: armsOf(older),
    imported: armsOf(imported),
    newestEpoch,
    oldestKept,
    decisions,
  }
}

function armsOf(bucket: Readonly<Pick<ArmSums, 'entries'>>): object {
  const arms = [...bucket.entries()].map(
    ([arm, { a, b, pulls, rewardSum }]) =>
      [arm, { a: [...a], b: [...b], pulls, rewardSum }] as const,
  )
  return Object.fromEntries(arms.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

/** Listens until `count` lessons were told. */
export async function heard(store: BanditStore, count: number): Promise<readonly Learnt[]> {
  const lessons: Learnt[] = []
  for await (const change of store.watch()) {
    if (change.kind === 'reset') throw new Error('a reset was told where lessons were expected')
    lessons.push(...change.lessons)
    if (lessons.length >= count) break
  }
  return lessons
}
