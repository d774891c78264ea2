import { open, rename, rm, writeFile } from 'node:fs/promises'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { replaceJson, type ReplaceJsonOptions } from '@holdfast/atomic-json'
import { CSV_HEADER, csvLine } from '../evidence/csv.ts'
import { reportMarkdown } from '../evidence/markdown.ts'
import type { DailyReport } from '../evidence/report.ts'
import { rejectionOf, type EvidenceRow, type Window } from '../evidence/row.ts'
import type { Verdict } from '../gates/gate.ts'

// As much is written at once: a decision at a time would be a system call each.
const CHUNK_CHARACTERS = 65_536

/**
 * Hands rows on as they come, and writes those of the window to a table beside `path` on the way: `report.json`, `report.csv`. The table has
 * its name when `writeReport` has written the rest, so that there is never one of a report that failed.
 */
export async function* withCsv(
  rows: Iterable<EvidenceRow> | AsyncIterable<EvidenceRow>,
  path: string,
  window: Window,
): AsyncGenerator<EvidenceRow> {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = beside(path, '.csv.unfinished')
  const file = await open(unfinished, 'w')
  let isWhole = false
  try {
    let waiting = CSV_HEADER
    for await (const row of rows) {
      if (rejectionOf(row, window) === null) waiting += csvLine(row)
      if (waiting.length >= CHUNK_CHARACTERS) {
        await file.writeFile(waiting)
        waiting = ''
      }
      yield row
    }
    await file.writeFile(waiting)
    isWhole = true
  } finally {
    await file.close()
    if (!isWhole) await rm(unfinished, { force: true })
  }
}

/** Writes the report as JSON at `path`, and for people beside it. All three files are written before the first has its name. */
export async function writeReport(
  path: string,
  report: DailyReport,
  verdict: Verdict,
  options: Pick<ReplaceJsonOptions<DailyReport>, 'clock' | 'random'>,
): Promise<void> {
  const [json, people] = [beside(path, '.json.unfinished'), beside(path, '.md.unfinished')]
  try {
    await writeFile(people, reportMarkdown(report, verdict))
    await replaceJson(json, report, { ...options, pretty: true, createDirectory: true })
    await rename(beside(path, '.csv.unfinished'), beside(path, '.csv'))
    await rename(people, beside(path, '.md'))
    await rename(json, path)
  } catch (error) {
    for (const ending of ['.csv', '.md', '.json']) {
      await rm(beside(path, `${ending}.unfinished`), { force: true })
    }
    throw error
  }
}

function beside(path: string, ending: string): string {
  return `${path.replace(/\.json$/, '')}${ending}`
}
