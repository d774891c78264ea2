/** Two processes archive numbered runs, one is killed, and the next start knows what was done, what failed and what is next. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunTracker, stageFiles } from '@holdfast/run-state'

const [, , directory, first] = process.argv
if (directory === undefined) await parent()
else await archive(directory, Number(first))

/** Archives every second run from `first` on, and records each result as it happens. */
async function archive(directory: string, first: number): Promise<void> {
  const { state, failureLog } = stageFiles(directory, 'import')
  await using tracker = await openRunTracker(state, { failureLog, firstRun: 101 })
  for (let run = first; run <= 110; run += 2) {
    await tracker.record({ run, outcome: run === 106 ? 'failed' : 'done' })
    process.send?.(run)
  }
  process.disconnect()
}

async function parent(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
  const { state, failureLog } = stageFiles(directory, 'import')
  try {
    const even = fork(import.meta.filename, [directory, '102'])
    const odd = fork(import.meta.filename, [directory, '101'])
    odd.on('message', (run) => run === 105 && odd.kill('SIGKILL'))
    await Promise.all([even, odd].map((child) => once(child, 'exit')))

    // The killed one may have got further than it could say; what it said is there.
    await using tracker = await openRunTracker(state, { failureLog })
    const isThere = [101, 102, 103, 104, 105].every((run) => tracker.statusOf(run) === 'done')
    console.log(`all that was said to be done is done: ${isThere}`)
    console.log(`without a gap up to ${tracker.standing().contiguous}`)
    console.log(`in the failure log: ${(await readFile(failureLog, 'utf8')).trim()}`)

    await tracker.recordAll([107, 109].map((run) => ({ run, outcome: 'done' })))
    console.log(`106 is still missing: up to ${tracker.standing().contiguous}`)
    await tracker.record({ run: 106, outcome: 'done' })
    console.log(`the gap is filled: up to ${tracker.standing().contiguous}`)
    console.log(`new runs begin after ${tracker.standing().startRun}`)
  } finally {
    await rm(directory, { recursive: true })
  }
}
