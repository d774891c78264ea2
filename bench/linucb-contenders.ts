import { createLinUCB } from '@holdfast/linucb'
import { seededRandom } from '@holdfast/seams'
import type { Run } from './linucb-turns.ts'
import type { Contender } from './linucb-on-ml-matrix.ts'

const CONTEXTS = 512
export const ALPHA = 0.1

export interface Round {
  readonly context: Float64Array
  readonly rewards: Float64Array
}

/**
 * A stream of rounds in which the best arm depends on the context.
 * @param filled how many entries of a context are not 0; default all.
 */
export function streamOf(arms: number, dim: number, filled: number = dim): readonly Round[] {
  const random = seededRandom(`stream ${dim} ${filled}`)
  const uniform = (): number => random.next() * 2 - 1
  return Array.from({ length: CONTEXTS }, () => {
    const context = Float64Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : uniform()))
    for (let left = dim - filled; left > 0;) {
      const at = 1 + random.integer(dim - 1)
      if (context[at] === 0) continue
      context[at] = 0
      left -= 1
    }
    return { context, rewards: Float64Array.from({ length: arms }, uniform) }
  })
}

/** The package behind the interface of the others: public `decide` and `learn`, with ids. */
export function packaged(arms: number, dim: number, kernel: 'plain' | 'wasm'): Contender {
  const ids = Array.from({ length: arms }, (_, i) => `R${i + 1}`)
  const numbers = new Map(ids.map((id, i) => [id, i]))
  const model = createLinUCB({ arms: ids, dim, alpha: ALPHA, kernel })
  const random = seededRandom('ids')
  const decisions = Array.from({ length: CONTEXTS }, () => ({ id: random.hex(32) }))
  let next = 0
  return {
    choose(context) {
      next = (next + 1) % CONTEXTS
      const { arm } = model.decide(context, decisions[next])
      return numbers.get(arm) ?? 0
    },
    learn: (arm, context, reward) => model.learn(ids[arm] ?? '', context, reward),
  }
}

export function choosing(contender: Contender, stream: readonly Round[]): Run {
  let at = 0
  return (count) => {
    for (let i = 0; i < count; i += 1) {
      at = (at + 1) % stream.length
      contender.choose(stream[at]!.context)
    }
  }
}

/** Teaches one arm after another, so that none is found in the cache that would not be there in use. */
export function learning(contender: Contender, stream: readonly Round[], arms: number): Run {
  let at = 0
  return (count) => {
    for (let i = 0; i < count; i += 1) {
      at += 1
      const { context, rewards } = stream[at % stream.length]!
      contender.learn(at % arms, context, rewards[at % arms]!)
    }
  }
}
