/** The same bandit for contexts of which most entries are 0, beside one that has none: d = 256, 100 arms. */
import { choosing, learning, packaged, streamOf } from '../linucb-contenders.ts'
import { takeTurns, type Run } from '../linucb-turns.ts'
import { tellReport } from '../report.ts'

const DIM = 256
const ARMS = 100

const results = [8, 16, 32, 64, DIM].map((filled) => {
  const stream = streamOf(ARMS, DIM, filled)
  const runs = (make: typeof choosing): Record<string, Run> => ({
    WebAssembly: make(packaged(ARMS, DIM, 'wasm'), stream),
    plain: make(packaged(ARMS, DIM, 'plain'), stream),
  })
  const choose = takeTurns(runs(choosing))
  const learn = takeTurns(runs((contender, rounds) => learning(contender, rounds, ARMS)))
  return { filled, choose, learn }
})

const what = 'one choice and one update at d = 256 and 100 arms, in µs, by entries that are not 0'
tellReport('linucb-sparse', { what, dim: DIM, arms: ARMS, results }, () => {
  console.table(
    results.map(({ filled, choose, learn }) => ({
      filled,
      ...Object.fromEntries(choose.map(({ name, medianUs }) => [`choose, ${name}`, medianUs])),
      ...Object.fromEntries(learn.map(({ name, medianUs }) => [`learn, ${name}`, medianUs])),
    })),
  )
})
