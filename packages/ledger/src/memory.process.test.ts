import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { decision, NOON_MS, outcome } from './lines.fixture.ts'
import { start } from './process.fixture.ts'
import { scratch } from './scratch.fixture.ts'

const directory = scratch()

/** Adds decisions first, then all their outcomes. */
function addRows(path: string, from: number, to: number): void {
  for (const line of [decision, outcome]) {
    for (let at = from; at < to; at += 10_000) {
      const lines = Array.from({ length: Math.min(10_000, to - at) }, (_, i) =>
        JSON.stringify(line(`decision-number-${at + i}`, NOON_MS, { context: [1, 0.25, i, at] })),
      )
      appendFileSync(path, `${lines.join('\n')}\n`)
    }
  }
}

/** Reads in a process that may keep little. */
async function reading(path: string): Promise<{ rows: number; mib: number }> {
  await using child = start(['read', path], ['--max-old-space-size=96'])
  await child.ended()
  const [rows = 0, mib = 0] = (child.said[0] ?? '').split(' ').map(Number)
  return { rows, mib }
}

it('ten times the rows are read with the same memory', async () => {
  const path = join(directory(), 'ledger.ndjson')
  addRows(path, 0, 60_000)
  const few = await reading(path)
  addRows(path, 60_000, 600_000)
  const many = await reading(path)
  expect([few.rows, many.rows]).toEqual([60_000, 600_000])
  process.stdout.write(`60 000 rows: ${few.mib} MiB, 600 000 rows: ${many.mib} MiB\n`)
  expect(many.mib).toBeLessThan(400)
})
