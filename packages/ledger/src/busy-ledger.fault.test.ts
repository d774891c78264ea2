import { seededRandom, systemClock, systemRandom } from '@holdfast/seams'
import { scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import { archiveLedger } from './archive.ts'
import { filesIn } from './files.fixture.ts'
import { DAY_MS, idsIn } from './lines.fixture.ts'
import { start } from './process.fixture.ts'
import { verifyLedger } from './verify.ts'

const directory = scratch()
const seed = systemRandom.hex(12)
const ROUNDS = 12

it(`a reader finds all that was acknowledged, while writers write, stand still, and have their segments archived under them (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const at = directory()
  await using first = start<string>('write', at, 'a')
  await using second = start<string>('write', at, 'b')
  const writers = [first, second]
  while (writers.some(({ said }) => said.length === 0)) await systemClock.sleep(10)
  // By this clock all days are over, so even segments that are being written are sealed.
  const nowMs = systemClock.wallMs() + 3 * DAY_MS
  const done = new AbortController()
  const archiving = (async () => {
    let count = 0
    while (!done.signal.aborted) {
      const result = await archiveLedger(at, { nowMs })
      if (result.kind === 'done') count += result.archived.length
      await systemClock.sleep(random.integer(60))
    }
    return count
  })()
  for (let round = 0; round < ROUNDS; round += 1) {
    const paused = writers[random.integer(2)]!
    if (round % 2 === 0) paused.signal('SIGSTOP')
    await systemClock.sleep(random.integer(150))
    const acknowledged = writers.flatMap(({ said }) => [...said])
    // Every other reading is held against the chains as well, and nothing that happens here is taken for tampering.
    const found = new Set(await idsIn(at, { isVerified: round % 2 === 0 }))
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
    expect(await verifyLedger(at)).toMatchObject({ isSound: true })
    paused.signal('SIGCONT')
  }
  done.abort()
  const archived = await archiving
  for (const writer of writers) await writer.kill()
  await archiveLedger(at, { nowMs })
  const acknowledged = writers.flatMap(({ said }) => said)
  const found = new Set(await idsIn(at))
  expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
  expect(archived).toBeGreaterThan(5)
  expect(filesIn(at).every((file) => file.startsWith('archive/'))).toBe(true)
  expect(await verifyLedger(at)).toMatchObject({ isSound: true })
  process.stdout.write(`seed ${seed}: ${acknowledged.length} acknowledged, ${archived} archived\n`)
})
