import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { printJson } from '@holdfast/atomic-json'
import { RolloutJournalError, systemCode } from '../errors.ts'
import { readJournal, stateAfter, type JournalEntry, type JournalReading } from './journal.ts'
import { beginning, isRolloutState, type RolloutState } from './state.ts'

/** What journal and state together say. */
export interface Truth {
  readonly state: RolloutState
  readonly journal: JournalReading
  /** How many bytes after the whole lines were torn off. */
  readonly tornBytes: number
}

/**
 * Finds where a rollout stands: the journal's last entry, whatever `rollout.json` says, because it is written first.
 * @throws {RolloutJournalError} when the journal is broken, or lacks what the state has.
 */
export async function truthOf(path: string, current: unknown): Promise<Truth> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error
    return Buffer.alloc(0)
  })
  const journal = readJournal(bytes.toString('utf8'))
  if (journal.problem !== null) {
    throw new RolloutJournalError(path, journal.problem.line, journal.problem.reason)
  }
  const last = journal.entries.at(-1)
  const seen = isRolloutState(current) ? current : null
  if (seen !== null && seen.seq > (last?.seq ?? 0)) {
    throw new RolloutJournalError(path, null, `ends before change ${seen.seq}, which the state has`)
  }
  return {
    state: last === undefined ? beginning : stateAfter(last),
    journal,
    tornBytes: bytes.length - journal.wholeBytes,
  }
}

/** Cuts what was torn, and appends entries. When it resolves they are on disk. */
export async function appendTo(
  path: string,
  { journal }: Truth,
  entries: readonly JournalEntry[],
): Promise<void> {
  const file = await open(path, journal.entries.length === 0 ? 'a+' : 'r+')
  try {
    await file.truncate(journal.wholeBytes)
    const text = entries.map((entry) => `${printJson(entry)}\n`).join('')
    const bytes = Buffer.from(text)
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await file.write(bytes, done, undefined, journal.wholeBytes + done)
      done += bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
  if (journal.entries.length === 0) await syncDirectory(dirname(path))
}

/** A new file lasts only once its directory is on disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
