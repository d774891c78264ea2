/** A process of its own for tests: `write`, `append` to, `archive` or `read` a ledger, and say what came of it. */
import { writeSync } from 'node:fs'
import { systemClock } from '@holdfast/seams'
import { archiveLedger } from './archive.ts'
import { openLedger } from './ledger.ts'
import { readSeedLedger } from './read.ts'

const [, , command = '', path = '', argument = ''] = process.argv
// At once, so that nothing that was said is lost with a killed process.
const say = (what: unknown): void => void writeSync(1, `${JSON.stringify(what)}\n`)

switch (command) {
  case 'write':
    await write()
    break
  case 'append':
    await appendTwo()
    break
  case 'archive':
    say(await archiveLedger(path, { nowMs: Number(argument) }))
    break
  default:
    await read()
}

/** Appends in eight lanes for ever, and says every id that is acknowledged. */
async function write(): Promise<void> {
  const ledger = openLedger(path, { headMs: 20 })
  let count = 0
  const lane = async (): Promise<void> => {
    for (;;) {
      const id = `${argument}-${(count += 1)}`
      const t = new Date(systemClock.wallMs()).toISOString()
      ledger.note({ v: 1, kind: 'decision', id, t, route: 'R1', p: 1 })
      await ledger.append({ v: 1, kind: 'outcome', id, t, reward: 1 })
      say(id)
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}

/** Appends a line, says so, and once more. */
async function appendTwo(): Promise<void> {
  const ledger = openLedger(path)
  const t = new Date(systemClock.wallMs()).toISOString()
  for (const id of ['first', 'second']) {
    await ledger.append({ v: 1, kind: 'decision', id, t, route: 'R1', p: 1 })
    say(id)
  }
  await ledger.close()
}

/** Reads a file of lines, and says how many rows there are and the most memory that was needed, in MiB. */
async function read(): Promise<void> {
  let rows = 0
  for await (const { missing } of readSeedLedger(path)) rows += missing ? 0 : 1
  say({ rows, mib: Math.round(process.resourceUsage().maxRSS / 1024) })
}
