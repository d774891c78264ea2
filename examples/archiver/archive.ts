import { openRunTracker, recoverRunState, stageFiles, type RunTracker } from '@holdfast/run-state'
import { systemClock } from '@holdfast/seams'
import type { Config } from './config.ts'
import { copyRecord, listRuns } from './records.ts'

/** What came of a start. */
export interface Outcome {
  readonly copied: number
  /** Runs that are failures now, those of earlier starts included. */
  readonly failed: number
}

/** Does what the mode says. When `stop` is aborted, what is at work is finished and nothing more begun. */
export async function archive(
  config: Config,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<Outcome> {
  const files = stageFiles(config.stateDirectory, 'import')
  const { failureLog } = files
  const first = config.firstRun === null ? {} : { firstRun: config.firstRun }
  if (config.mode === 'recover') {
    const [source, destination] = [
      await listRuns(config.source),
      await listRuns(config.destination),
    ]
    const found = await recoverRunState(files.state, { source, destination, failureLog, ...first })
    say(`the state was ${found.found}; it is up to ${found.attempted} now`)
    if (found.keptAt !== null) say(`the bad one is kept as ${found.keptAt}`)
    return { copied: 0, failed: found.failures.length }
  }
  // Closing it writes what waits, however this ends.
  await using tracker = await openRunTracker(files.state, { failureLog, ...first })
  let copied = 0
  if (config.mode === 'report') report(tracker, say)
  else if (config.mode === 'retry') copied = await retry(tracker, config, stop, say)
  else copied = await copyAll(await newRuns(tracker, config), tracker, config, stop, say)
  return { copied, failed: tracker.standing().failed }
}

/** What there is to copy: after the last one tried, or all that has not arrived. */
async function newRuns(tracker: RunTracker, config: Config): Promise<number[]> {
  const runs = await listRuns(config.source)
  const { startRun } = tracker.standing()
  if (config.mode === 'incremental') {
    return runs.filter((run) => run > startRun).slice(0, config.batchSize)
  }
  const from = config.firstRun ?? 0
  const missing = runs.filter((run) => run >= from && tracker.statusOf(run) !== 'done')
  return missing.slice(0, 10 * config.batchSize)
}

/** Tries what failed until it has succeeded, or has been tried as often as it may. */
async function retry(
  tracker: RunTracker,
  config: Config,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  // Someone may have brought one over by hand.
  const arrived = new Set(await listRuns(config.destination))
  const there = tracker.failures().filter(({ run }) => arrived.has(run))
  await tracker.recordAll(there.map(({ run }) => ({ run, outcome: 'done' })))
  let copied = 0
  while (!stop.aborted) {
    const { due, waiting } = tracker.retryPlan({ waitMs: config.retryWaitMs })
    if (due.length > 0) copied += await copyAll(due, tracker, config, stop, say)
    else if (waiting.length === 0) break
    else {
      const nextMs = Math.max(0, Math.min(...waiting.map(({ dueInMs }) => dueInMs)))
      await systemClock.sleep(nextMs, stop).catch(() => {}) // Stopped: the loop sees it.
    }
  }
  return copied
}

/** Copies runs, some at a time, and records each when it has ended. Answers how many succeeded. */
async function copyAll(
  runs: readonly number[],
  tracker: RunTracker,
  { source, destination, workers }: Config,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const left = [...runs].toReversed()
  let copied = 0
  const work = async (): Promise<void> => {
    while (!stop.aborted) {
      const run = left.pop()
      if (run === undefined) return
      say(`copying ${run}`)
      try {
        await copyRecord(source, destination, run)
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException
        say(`failed ${run}: ${message}`)
        // A record that has gone from the source will not come back.
        await tracker.record({ run, outcome: code === 'ENOENT' ? 'absent' : 'failed' })
        continue
      }
      await tracker.record({ run, outcome: 'done' })
      copied += 1
      say(`copied ${run}`)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return copied
}

function report(tracker: RunTracker, say: (line: string) => void): void {
  const { contiguous, attempted, done, failed } = tracker.standing()
  say(
    `done: ${done}, without a gap up to ${contiguous}; tried up to ${attempted}; failed: ${failed}`,
  )
  for (const { run, attempts } of tracker.failures()) say(`failed ${attempts} times: ${run}`)
  for (const { from, to } of tracker.gaps()) say(`gap: ${from} to ${to}`)
}
