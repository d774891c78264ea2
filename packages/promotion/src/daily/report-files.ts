import { open, rename, writeFile } from 'node:fs/promises'
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

/** Hands rows on as they come, and writes those of the window to a table beside `path` on the way: `report.json`, `report.csv`. */
export async function* withCsv(
  rows: Iterable<EvidenceRow> | AsyncIterable<EvidenceRow>,
  path: string,
  window: Window,
): AsyncGenerator<EvidenceRow> {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = beside(path, '.csv.unfinished')
  const file = await open(unfinished, 'w')
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
  } finally {
    await file.close()
  }
  await rename(unfinished, beside(path, '.csv'))
}

/** Writes the report as JSON at `path`, and for people beside it. */
export async function writeReport(
  path: string,
  report: DailyReport,
  verdict: Verdict,
  options: Pick<ReplaceJsonOptions<DailyReport>, 'clock' | 'random'>,
): Promise<void> {
  await replaceJson(path, report, { ...options, pretty: true, createDirectory: true })
  const unfinished = beside(path, '.md.unfinished')
  await writeFile(unfinished, reportMarkdown(report, verdict))
  await rename(unfinished, beside(path, '.md'))
}

function beside(path: string, ending: string): string {
  return `${path.replace(/\.json$/, '')}${ending}`
}
