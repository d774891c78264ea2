import { open, readFile, rename, rm } from 'node:fs/promises'
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
  const { trouble, ...truth } = await knownOf(path, current)
  if (trouble !== null) throw trouble
  return truth
}

/** The same, where the journal need not be trusted: then the later of its sound entries and the state is all that is known. */
export async function knownOf(
  path: string,
  current: unknown,
): Promise<Truth & { readonly trouble: RolloutJournalError | null }> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error
    return Buffer.alloc(0)
  })
  const journal = readJournal(bytes.toString('utf8'))
  const last = journal.entries.at(-1)
  const said = last === undefined ? beginning : stateAfter(last)
  const seen = isRolloutState(current) ? current : null
  const isAhead = seen !== null && seen.seq > said.seq
  const tornBytes = bytes.length - journal.wholeBytes
  const lost = isAhead
    ? { line: null, reason: `ends before change ${seen.seq}, which the state has` }
    : null
  const found = journal.problem ?? lost
  const trouble = found === null ? null : new RolloutJournalError(path, found.line, found.reason)
  return { state: isAhead ? seen : said, journal, tornBytes, trouble }
}

/** Cuts what was torn, and appends entries. When it resolves they are on disk; when it throws, none of them is in the journal. */
export async function appendTo(
  path: string,
  { journal: { entries: before, wholeBytes } }: Pick<Truth, 'journal'>,
  entries: readonly JournalEntry[],
): Promise<void> {
  const file = await open(path, before.length === 0 ? 'a+' : 'r+')
  try {
    await file.truncate(wholeBytes)
    const bytes = Buffer.from(entries.map((entry) => `${printJson(entry)}\n`).join(''))
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await file.write(bytes, done, undefined, wholeBytes + done)
      done += bytesWritten
    }
    await file.sync()
  } catch (error) {
    // A whole line could be there although its disk is full. If it cannot be cut either, the first error is what matters.
    await file.truncate(wholeBytes).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
  if (before.length === 0) await syncDirectory(dirname(path))
}

/** Takes back what was just appended: to shorten a file takes no room on its disk. */
export async function cutBack(path: string, { journal }: Truth): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.truncate(journal.wholeBytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Begins a journal anew in the place of one that cannot be trusted, which is kept beside it. When it throws, that one is where it was.
 * @returns where it is kept; null if there was none.
 */
export async function replaceJournal(
  path: string,
  entries: readonly JournalEntry[],
  nowMs: number,
): Promise<string | null> {
  const fresh = `${path}.new`
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]/g, '')
  let keptAt: string | null = `${path}.corrupt-${time}`
  try {
    await appendTo(fresh, { journal: readJournal('') }, entries)
    await rename(path, keptAt).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error
      keptAt = null
    })
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  await rename(fresh, path)
  await syncDirectory(dirname(path))
  return keptAt
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
