/** A day of decisions is written down, archived and reported; then someone changes a line, and it shows. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveLedger, openLedger, readLedger, verifyLedger } from '@holdfast/ledger'
import { systemClock } from '@holdfast/seams'
import { v7 as newId } from 'uuid'

const DAY_MS = 86_400_000
const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
try {
  const nowMs = systemClock.wallMs()
  const t = new Date(nowMs).toISOString()
  const ledger = openLedger(directory)
  for (let i = 0; i < 1000; i += 1) {
    const id = newId()
    const route = i % 4 === 0 ? 'R2' : 'R1'
    ledger.note({ v: 1, kind: 'decision', id, t, route, p: route === 'R2' ? 0.25 : 0.75 }) // Nobody waits for it.
    if (i % 10 === 0) continue // Nothing was heard of this one.
    const reward = route === 'R2' ? 0.9 : 0.6
    await ledger.append({ v: 1, kind: 'outcome', id, t, part: 'later', reward }) // On disk, with every line before it.
  }
  await ledger.close()

  // The day after tomorrow this day is packed; who reads does not notice.
  await archiveLedger(directory, { nowMs: nowMs + 2 * DAY_MS })
  const rewards = new Map<string, number[]>()
  const reading = readLedger<{ route: string }, { reward: number }>(directory, {
    fromMs: nowMs,
    toMs: nowMs + 1,
  })
  for await (const { decision, outcomes } of reading) {
    const known = rewards.get(decision.route) ?? []
    rewards.set(decision.route, [...known, ...outcomes.map(({ fields }) => fields.reward)])
  }
  for (const route of ['R1', 'R2']) {
    const known = rewards.get(route) ?? []
    const mean = known.reduce((sum, reward) => sum + reward, 0) / known.length
    console.log(`${route}: ${known.length} rewards, mean ${mean.toFixed(2)}`)
  }
  const { rows, missing, malformed } = reading.stats
  console.log(`${rows} decisions, ${missing} without an outcome, ${malformed} malformed lines`)

  const other = openLedger(directory)
  await other.append({ v: 1, kind: 'decision', id: newId(), t, route: 'R1', p: 0.75 })
  await other.close()
  console.log(`sound: ${(await verifyLedger(directory)).isSound}`)
  const file = (await readdir(directory)).find((name) => name.endsWith('.ndjson')) ?? ''
  const text = await readFile(join(directory, file), 'utf8')
  await writeFile(join(directory, file), text.replace('"p":0.75', '"p":0.99'))
  const { isSound, problems } = await verifyLedger(directory)
  console.log(`sound: ${isSound}; line ${problems[0]?.line} was ${problems[0]?.kind}`)
} finally {
  await rm(directory, { recursive: true })
}
