import { emptySums, packedLength, restoreLinUCB, type Sums } from '@holdfast/linucb'
import type { BanditStore, Learned } from './bandit-store.ts'
import { checkedForgetting, weigh } from './weigh.ts'

/** The state file of the first system, version "1.0": A with a ridge of 1, and b, by arm. */
export interface SeedState {
  readonly version: '1.0'
  readonly arms: readonly string[]
  readonly context_dim: number
  readonly alpha: number
  /** d × d, row by row. */
  readonly A: Readonly<Record<string, readonly (readonly number[])[]>>
  readonly b: Readonly<Record<string, readonly number[]>>
  readonly total_pulls: Readonly<Record<string, number>>
  readonly total_reward: Readonly<Record<string, number>>
  /** s since 1970; 0 before the first update. */
  readonly last_update_time: number
  readonly save_counter: number
}

/**
 * Takes over what a bandit has learned: the state file of the first system, parsed, or a snapshot of `@holdfast/linucb`.
 * @returns `taken`: the store has lessons already, and is unchanged.
 * @throws {SnapshotError} of `@holdfast/linucb` if it cannot be read, naming the field.
 * @throws {DimensionError} of `@holdfast/linucb` if it was learned from contexts of another length.
 * @throws {BanditStoreInputError} if the store cannot have it, such as an arm with too long an id.
 */
export async function importState(
  store: BanditStore,
  state: unknown,
): Promise<'imported' | 'taken'> {
  const { arms } = restoreLinUCB(state, { arms: [NOBODY], dim: store.dim }).snapshot()
  const sums = new Map<string, Sums>()
  for (const [arm, { a, b, pulls, rewardSum }] of Object.entries(arms)) {
    if (arm === NOBODY) continue
    sums.set(arm, { a: Float64Array.from(a), b: Float64Array.from(b), pulls, rewardSum })
  }
  return await store.importSums(sums)
}

/** An arm that no state has: restoring asks for one. */
const NOBODY = '\u0000'

/**
 * What a store has learned, as the first system keeps it. Epochs become one.
 * @param arms in the order of the file; one that has learned nothing is in it too. Default: those that have learned.
 * @param alpha width of the confidence bound that the first system is to use.
 * @param updatedAtMs when it was learned, in ms since 1970.
 */
export function exportSeedState(
  learned: Learned,
  {
    arms,
    alpha = 1,
    updatedAtMs,
  }: {
    readonly arms?: readonly string[]
    readonly alpha?: number
    readonly updatedAtMs: number
  },
): SeedState {
  const { dim } = learned
  const sums = weigh(learned, checkedForgetting({}))
  const names = arms ?? [...sums.keys()]
  const by = <T>(value: (sums: Sums) => T): Record<string, T> =>
    Object.fromEntries(names.map((arm) => [arm, value(sums.get(arm) ?? emptySums(dim))]))
  return {
    version: '1.0',
    arms: names,
    context_dim: dim,
    alpha,
    A: by(({ a }) => squareWithRidge(a, dim)),
    b: by(({ b }) => [...b]),
    total_pulls: by(({ pulls }) => pulls),
    total_reward: by(({ rewardSum }) => rewardSum),
    last_update_time: sums.size === 0 ? 0 : Math.floor(updatedAtMs / 1000),
    save_counter: 0,
  }
}

/** The rows of a packed symmetric matrix plus the identity, which the first system counts in. */
function squareWithRidge(packed: Float64Array, dim: number): number[][] {
  const at = (i: number, k: number): number => {
    const [row, column] = i <= k ? [i, k] : [k, i]
    return packed[packedLength(dim) - packedLength(dim - row) + column - row]!
  }
  return Array.from({ length: dim }, (_row, i) =>
    Array.from({ length: dim }, (_column, k) => at(i, k) + (i === k ? 1 : 0)),
  )
}
