/** Saving and reading all that 100 arms have learned at d = 256: as bytes, and as JSON. */
import { createLinUCB, readSnapshot } from '@holdfast/linucb'
import { againstBars } from '../bars.ts'
import { streamOf } from '../linucb-contenders.ts'
import { rounded } from '../linucb-turns.ts'
import { quantile, tellReport } from '../report.ts'
import { systemClock } from '@holdfast/seams'

const DIM = 256
const ARMS = 100
const ROUNDS = 15
const BAR_MS = 60

const ids = Array.from({ length: ARMS }, (_, i) => `R${i + 1}`)
const model = createLinUCB({ arms: ids, dim: DIM })
for (const [i, { context, rewards }] of streamOf(ARMS, DIM).entries()) {
  model.learn(ids[i % ARMS]!, context, rewards[i % ARMS]!)
}

function timed<T>(timesMs: number[], work: () => T): T {
  const startMs = systemClock.monotonicMs()
  const made = work()
  timesMs.push(systemClock.monotonicMs() - startMs)
  return made
}

const times = { encode: [], readBytes: [], stringify: [], readJson: [] } as Record<
  'encode' | 'readBytes' | 'stringify' | 'readJson',
  number[]
>
const sizes = { bytes: 0, json: 0 }
for (let round = 0; round < ROUNDS; round += 1) {
  const bytes = timed(times.encode, () => model.encode())
  timed(times.readBytes, () => readSnapshot(bytes))
  const json = timed(times.stringify, () => JSON.stringify(model.snapshot()))
  timed(times.readJson, () => readSnapshot(JSON.parse(json)))
  Object.assign(sizes, { bytes: bytes.length, json: json.length })
}

const rows = Object.entries(times).map(([name, list]) => {
  const sorted = list.toSorted((a, b) => a - b)
  return {
    name,
    medianMs: rounded(quantile(sorted, 0.5)),
    fastestMs: rounded(quantile(sorted, 0)),
    slowestMs: rounded(quantile(sorted, 1)),
  }
})
const bothMs = times.encode.map((ms, i) => ms + times.readBytes[i]!).toSorted((a, b) => a - b)
const encodeAndReadMs = {
  median: rounded(quantile(bothMs, 0.5)),
  slowest: rounded(quantile(bothMs, 1)),
  bar: BAR_MS,
}

const what = 'saving and reading what 100 arms have learned at d = 256, in ms'
tellReport('linucb-state', { what, sizes, rows, encodeAndReadMs }, () => {
  console.table(rows)
  console.log({ ...sizes, encodeAndReadMs })
  console.table(
    againstBars({ [`save and read, median ms (bar ≤ ${BAR_MS})`]: encodeAndReadMs.median }),
  )
})
