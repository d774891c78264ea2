import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readJsonSync, replaceJson, replaceJsonSync } from '@holdfast/atomic-json'
import { LEARNED } from '../learning/learned-store.ts'
import { LEDGER, OLD_LEDGER } from '../learning/ledger.ts'
import type { Report } from './tally.ts'
import type { Scenario } from './scenario.ts'
import type { PriorSource } from './warm-start.ts'

/** What makes two replays the same trial. */
export interface ReplaySettings {
  readonly table: string
  readonly rows: number
  readonly lambda: number
  readonly seed: number
  readonly features: string
  readonly sendTask: boolean
  readonly prior: PriorSource | null
  readonly scenario: Scenario | null
  readonly halfLifeHours: number | null
}

/** Thrown when a replay is pointed at the directory of a router. Nothing in it was touched. */
class ReplayDirectoryError extends Error {
  override readonly name = 'ReplayDirectoryError'
  readonly code = 'REPLAY_DIRECTORY'
  readonly directory: string

  constructor(directory: string) {
    super(
      `${directory} holds what a router has learned, and no replay: give the replay another --data-dir`,
    )
    this.directory = directory
  }
}

const SETTINGS = 'replay.json'
const REPORT = 'report.json'
/** What an earlier version learned. */
const STATE = 'anr_state.json'
/** All that a router, or a replay, may have written. */
const KEPT = [STATE, LEARNED, LEDGER, OLD_LEDGER]

/**
 * Makes a directory ready for a replay. One of the same settings that was cut short goes on with what it
 * learned. Otherwise the replay starts from nothing, or it would be no fair trial; the files of the last one
 * are moved to `previous`, and no other file is touched.
 * @throws {ReplayDirectoryError} if the directory is a router's.
 */
export function prepareReplay(directory: string, settings: ReplaySettings): void {
  const path = join(directory, SETTINGS)
  const earlier = readJsonSync(path, { onCorrupt: 'answer' })
  const holds = (name: string): boolean => existsSync(join(directory, name))
  if (earlier.kind === 'missing' && KEPT.some(holds)) {
    throw new ReplayDirectoryError(directory)
  }
  const isSame =
    earlier.kind === 'ok' && JSON.stringify(earlier.value) === JSON.stringify(written(settings))
  if (isSame && !holds(REPORT)) return
  for (const name of [SETTINGS, REPORT, ...KEPT]) {
    if (!holds(name)) continue
    const kept = join(directory, 'previous', name)
    mkdirSync(join(directory, 'previous'), { recursive: true })
    rmSync(kept, { recursive: true, force: true })
    renameSync(join(directory, name), kept)
  }
  replaceJsonSync(path, written(settings), { createDirectory: true })
}

/** With its keys in the order in which they are written, so that two can be compared as text. */
const written = (settings: ReplaySettings) => ({
  features: settings.features,
  halfLifeHours: settings.halfLifeHours,
  lambda: settings.lambda,
  prior: settings.prior,
  rows: settings.rows,
  scenario: settings.scenario,
  seed: settings.seed,
  sendTask: settings.sendTask,
  table: settings.table,
  version: 1,
})

/** Keeps the report; with it the replay has ended. */
export async function keepReport(directory: string, report: Report): Promise<void> {
  await replaceJson(join(directory, REPORT), { version: 1, ...report }, { createDirectory: true })
}
