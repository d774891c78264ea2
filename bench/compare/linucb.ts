/**
 * One choice and one update of a bandit: this package, with either kernel, beside the same algorithm on
 * ml-matrix, beside an inverse at every choice, and beside reading the matrices once, in one run, taking
 * turns. The package is measured through its public `decide` and `learn`, everything included.
 */
import { againstBars } from '../bars.ts'
import { memoryMadeBy, memoryProbe } from '../linucb-probe.ts'
import { ALPHA, choosing, learning, packaged, streamOf } from '../linucb-contenders.ts'
import { InverseEachTime, ShermanMorrison, type Contender } from '../linucb-on-ml-matrix.ts'
import { medianOf, rounded, takeTurns, type Run, type Taken } from '../linucb-turns.ts'
import { tellReport } from '../report.ts'

const WASM = '@holdfast/linucb, WebAssembly'
const PLAIN = '@holdfast/linucb, plain'
const ON_ML_MATRIX = 'ml-matrix, Sherman–Morrison'
const EACH_TIME = 'ml-matrix, inverse each time'
const PROBE = 'the matrices read once'

/**
 * `earlier` was measured once on another day, on two cores of the same kind of CPU: C by gcc -O3
 * -march=native over the same packed matrices, and MABWiser's LinUCB (Python, numpy 1.24), µs for a choice and an
 * update. `readThen` is how fast that machine then read memory that large, in bytes a µs; C is bound by
 * it, and is compared after scaling.
 */
const sizes = [
  {
    dim: 5,
    arms: 4,
    bars: {},
    earlier: { c: [0.045, 0.044], mabWiser: [61, 358], readThen: null },
  },
  {
    dim: 64,
    arms: 10,
    bars: { chooseUs: 6, learnUs: 2 },
    earlier: { c: [3.1, 1.0], mabWiser: [120, 882], readThen: 78_000 },
  },
  {
    dim: 256,
    arms: 100,
    bars: { chooseTimesReading: 1.15, learnUs: 30 },
    earlier: { c: [880, 15], mabWiser: [5990, 56_900], readThen: 26_500 },
  },
] as const

function others(arms: number, dim: number): Readonly<Record<string, Contender>> {
  return {
    [PLAIN]: packaged(arms, dim, 'plain'),
    [ON_ML_MATRIX]: new ShermanMorrison(arms, dim, ALPHA),
    // At d = 256 one choice takes seconds.
    ...(dim > 64 ? {} : { [EACH_TIME]: new InverseEachTime(arms, dim, ALPHA) }),
  }
}

const results = sizes.map(({ dim, arms, bars, earlier }) => {
  const stream = streamOf(arms, dim)
  let own = packaged(arms, dim, 'plain')
  const memory = memoryMadeBy(() => {
    own = packaged(arms, dim, 'wasm')
  })
  const contenders = Object.entries({ [WASM]: own, ...others(arms, dim) })
  const bytes = arms * ((dim * (dim + 1)) / 2) * 8
  const probe = memoryProbe(memory, bytes)
  const runs = (make: (contender: Contender) => Run): Record<string, Run> =>
    Object.fromEntries(contenders.map(([name, contender]) => [name, make(contender)]))
  const read: Run = (count) => {
    for (let i = 0; i < count; i += 1) probe()
  }
  const learn = takeTurns(runs((contender) => learning(contender, stream, arms)))
  const choose = takeTurns({
    ...runs((contender) => choosing(contender, stream)),
    [PROBE]: read,
  })
  const ownUs = { choose: medianOf(choose, WASM), learn: medianOf(learn, WASM) }
  const readUs = medianOf(choose, PROBE)
  const times = (taken: readonly Taken[], name: string): number =>
    rounded(medianOf(taken, name) / medianOf(taken, WASM))
  const { c, mabWiser, readThen } = earlier
  return {
    dim,
    arms,
    bars,
    bytes,
    choose,
    learn,
    readGigabytesPerSecond: rounded(bytes / readUs / 1000),
    chooseTimesReading: rounded(ownUs.choose / readUs),
    timesFasterThan: {
      plain: { choose: times(choose, PLAIN), learn: times(learn, PLAIN) },
      shermanMorrison: { choose: times(choose, ON_ML_MATRIX), learn: times(learn, ON_ML_MATRIX) },
      mabWiserEarlier: {
        choose: rounded(mabWiser[0] / ownUs.choose),
        learn: rounded(mabWiser[1] / ownUs.learn),
      },
    },
    earlier,
    cScaledUs:
      readThen === null ? null : c.map((us) => rounded((us * readThen) / (bytes / readUs))),
  }
})

const what = 'one choice and one update of a bandit, in µs; medians of interleaved turns'
tellReport('linucb', { what, results }, () => {
  for (const { dim, arms, choose, learn, ...rest } of results) {
    console.log(`\nd = ${dim}, ${arms} arms: µs for one choice`)
    console.table(choose)
    console.log('µs for one update')
    console.table(learn)
    console.log(JSON.stringify(rest, null, 2))
    const found: Readonly<Record<string, number>> = {
      chooseUs: medianOf(choose, WASM),
      learnUs: medianOf(learn, WASM),
      chooseTimesReading: rest.chooseTimesReading,
    }
    const bars = Object.entries(rest.bars).map(([name, bar]) => [
      `${name} (bar ≤ ${bar})`,
      found[name],
    ])
    console.table(againstBars(Object.fromEntries(bars)))
  }
})
