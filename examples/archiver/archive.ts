import { mkdir } from 'node:fs/promises'
import { openRunTracker, recoverRunState, stageFiles, type RunTracker } from '@holdfast/run-state'
import { systemClock } from '@holdfast/seams'
import type { Config } from './config.ts'
import { checkFolder, copyRecord, isGone, listRecords, type Records } from './records.ts'
import { report } from './report.ts'

/** What the work goes by. */
interface Work {
  readonly config: Config
  readonly tracker: RunTracker
  readonly records: Records
  readonly stop: AbortSignal
  readonly say: (line: string) => void
}

/** What came of some runs. */
interface Copied {
  readonly copied: number
  /** Those that were left alone, for it was stopped. */
  readonly untried: number
}

/**
 * Does what the mode says. When `stop` is aborted, what is at work is finished and nothing more begun.
 * @returns how many runs are failures now, those of earlier starts included.
 * @throws {FolderError} when a folder cannot be used. What was copied until then is recorded.
 */
export async function archive(
  config: Config,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  if (config.mode === 'recover') return await recover(config, say)
  const { state, failureLog } = stageFiles(config.stateDirectory, 'import')
  // Closing it writes what waits, however this ends.
  await using tracker = await openRunTracker(state, { failureLog, ...firstRunOf(config) })
  if (config.mode === 'report') {
    for (const line of report(tracker)) say(line)
    return tracker.standing().failed
  }
  const records = await listRecords('source', config.source)
  await makeDestination(config, tracker)
  const work = { config, tracker, records, stop, say }
  const { copied, untried } = config.mode === 'retry' ? await retry(work) : await copyNew(work)
  const { failed } = tracker.standing()
  say(`${copied} copied, ${failed} failed`)
  if (untried > 0) say(`${untried} more to copy: start it again with the same arguments`)
  return failed
}

/** The first one is made; one that held records and is gone is not: it may only not be mounted. */
async function makeDestination({ destination }: Config, tracker: RunTracker): Promise<void> {
  if (tracker.standing().done === 0) await mkdir(destination, { recursive: true })
  await checkFolder('destination', destination)
}

async function recover(config: Config, say: (line: string) => void): Promise<number> {
  const { state, failureLog } = stageFiles(config.stateDirectory, 'import')
  const source = (await listRecords('source', config.source)).keys()
  const destination = (await listRecords('destination', config.destination)).keys()
  const options = { source, destination, failureLog, ...firstRunOf(config) }
  const { found, attempted, failures, keptAt } = await recoverRunState(state, options)
  say(`the state was ${found}; it is up to ${attempted} now`)
  if (keptAt !== null) say(`the bad one is kept as ${keptAt}`)
  if (failures.length > 0) say(`${failures.length} have not arrived; --retry-failed copies them`)
  return failures.length
}

const firstRunOf = ({ firstRun }: Config): { readonly firstRun?: number } =>
  firstRun === null ? {} : { firstRun }

/** Copies what comes after the last one tried, or all that is not recorded as done: first what is new, then what failed. */
async function copyNew(work: Work): Promise<Copied> {
  const { config, tracker, records } = work
  const isIncremental = config.mode === 'incremental'
  const { startRun } = tracker.standing()
  const from = isIncremental ? startRun + 1 : (config.firstRun ?? 1)
  const wanted = [...records.keys()].filter(
    (run) => run >= from && tracker.statusOf(run) !== 'done',
  )
  const failed = new Set(wanted.filter((run) => tracker.statusOf(run) === 'failed'))
  const inOrder = [...wanted.filter((run) => !failed.has(run)), ...failed]
  const most = config.batchSize * (isIncremental ? 1 : 10)
  const { copied, untried } = await copyAll(inOrder.slice(0, most), work)
  return { copied, untried: untried + Math.max(0, inOrder.length - most) }
}

/** Tries all that failed until it has succeeded, or has been tried as often as it may at one start. */
async function retry(work: Work): Promise<Copied> {
  const { config, tracker, stop } = work
  // Someone may have brought one over by hand.
  const arrived = await listRecords('destination', config.destination)
  const there = tracker.failures().filter(({ run }) => arrived.has(run))
  await tracker.recordAll(there.map(({ run }) => ({ run, outcome: 'done' })))
  await tracker.retry('all')
  let copied = 0
  while (!stop.aborted) {
    const { due, waiting } = tracker.retryPlan({ waitMs: config.retryWaitMs })
    if (due.length > 0) copied += (await copyAll(due, work)).copied
    else if (waiting.length === 0) break
    else {
      const nextMs = Math.max(0, Math.min(...waiting.map(({ dueInMs }) => dueInMs)))
      await systemClock.sleep(nextMs, stop).catch(() => {}) // Stopped: the loop sees it.
    }
  }
  return { copied, untried: 0 }
}

/** Copies runs, some at a time, and records each when it has ended. */
async function copyAll(runs: readonly number[], work: Work): Promise<Copied> {
  const left = [...runs].toReversed()
  const { tracker, config, stop, say } = work
  let copied = 0
  const broken: unknown[] = []
  const copyNext = async (): Promise<void> => {
    while (!stop.aborted && broken.length === 0) {
      const run = left.pop()
      if (run === undefined) return
      const outcome = await copy(run, work)
      await tracker.record({ run, outcome })
      if (outcome !== 'done') continue
      copied += 1
      say(`copied ${run}`)
    }
  }
  const lanes = Array.from({ length: config.workers }, async () => {
    // The others finish what they have begun, and begin nothing more.
    await copyNext().catch((error: unknown) => broken.push(error))
  })
  await Promise.all(lanes)
  if (broken.length > 0) throw broken[0]
  return { copied, untried: left.length }
}

/** @throws {FolderError} when it says nothing about this record. */
async function copy(
  run: number,
  { config, records, say }: Work,
): Promise<'done' | 'failed' | 'absent'> {
  const { source, destination } = config
  const name = records.get(run) ?? `${run}.rec`
  say(`copying ${run}`)
  try {
    await copyRecord(source, destination, name)
    return 'done'
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ARCHIVER_FOLDER') throw error
    // A record that has gone from the source will not come back.
    const isAbsent = await isGone(source, name)
    say(isAbsent ? `gone ${run}: it is not in the source any more` : `failed ${run}: ${message}`)
    return isAbsent ? 'absent' : 'failed'
  }
}
