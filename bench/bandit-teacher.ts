/**
 * One of several processes that teach one bandit. Says `ready`, waits for a line, teaches for `forMs` in so many lanes,
 * and says what it did as a line of JSON: rewards acknowledged, and how long each took.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { openFileStore } from '@holdfast/bandit-store'
import { addObservation, emptySums } from '@holdfast/linucb'
import { systemClock } from '@holdfast/seams'
import { updateSharedJson } from '@holdfast/shared-json'
import { inLanes, lessonsOf, type BenchLesson } from './bandit-lessons.ts'
import { quantile } from './report.ts'

const [how = '', directory = '', dim = '5', lanes = '8', forMs = '0'] = process.argv.slice(2)

type Teach = (lesson: BenchLesson) => Promise<unknown>

/** What everybody writes first: one file with all sums, written anew for each reward, by whoever holds its lock. */
function jsonTeacher(): Teach {
  interface State {
    readonly [arm: string]: { readonly a: number[]; readonly b: number[] }
  }
  return ({ lesson }) =>
    updateSharedJson<State>(
      join(directory, 'state.json'),
      (state = {}) => {
        const sums = emptySums(Number(dim))
        const old = state[lesson.arm]
        if (old !== undefined) {
          sums.a.set(old.a)
          sums.b.set(old.b)
        }
        addObservation(sums, lesson.context, lesson.reward)
        return { ...state, [lesson.arm]: { a: [...sums.a], b: [...sums.b] } }
      },
      { waitMs: 60_000 },
    )
}

async function storeTeacher(): Promise<Teach> {
  const store = await openFileStore(directory, { dim: Number(dim) })
  return ({ id, lesson }) => store.reward(id, lesson)
}

const teach = how === 'json' ? jsonTeacher() : await storeTeacher()
const next = lessonsOf(Number(dim), `${process.pid}`)
await teach(next())
console.log('ready')
await once(process.stdin, 'data')
const tookMs: number[] = []
const stop = inLanes(Number(lanes), async () => {
  const startMs = systemClock.monotonicMs()
  await teach(next())
  tookMs.push(systemClock.monotonicMs() - startMs)
})
await systemClock.sleep(Number(forMs))
const acknowledged = tookMs.length
await stop()
const sorted = tookMs.toSorted((a, b) => a - b)
console.log(
  JSON.stringify({ acknowledged, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }),
)
process.exit()
