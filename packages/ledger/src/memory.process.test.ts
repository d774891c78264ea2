import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, scratch } from '@holdfast/test-kit'
import { expect, it } from 'vitest'
import { decision, NOON_MS, outcome } from './lines.fixture.ts'
import { SCRIPT } from './process.fixture.ts'

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
function reading(path: string): { rows: number; mib: number } {
  const said = run(process.execPath, '--max-old-space-size=96', SCRIPT, 'read', path)
  return JSON.parse(said) as { rows: number; mib: number }
}

it('ten times the rows are read with the same memory', () => {
  const path = join(directory(), 'ledger.ndjson')
  addRows(path, 0, 60_000)
  const few = reading(path)
  addRows(path, 60_000, 600_000)
  const many = reading(path)
  expect([few.rows, many.rows]).toEqual([60_000, 600_000])
  process.stdout.write(`60 000 rows: ${few.mib} MiB, 600 000 rows: ${many.mib} MiB\n`)
  expect(many.mib).toBeLessThan(400)
})
