import { join } from 'node:path'
import { stampOf } from '../stamp.ts'

/** Where a router keeps what it has learned, below its data directory. */
export const learnedIn = (dataDir: string): string => join(dataDir, 'learned')

/** Where copies of it are kept. */
export const backupsIn = (dataDir: string): string => join(dataDir, 'state_backups')

/** The lock that a router has for as long as it works in its data directory. */
export const routerLockIn = (dataDir: string): string => join(dataDir, 'router')

/** What is being written has this ending, and is swept by whoever comes next. */
export const UNFINISHED = '.tmp'

const BACKUP = /^anr_state_(\d{8}_\d{6})(?:_(\d+))?$/

/** Whether a directory is called as a backup is. */
export const isBackupId = (name: string): boolean => BACKUP.test(name)

/**
 * The name of a backup taken at `atMs`. None of `taken` has it, and it comes after them all, so that names tell which is the newest: where
 * one is of a later time, from a clock that was ahead, it is that one's with the next count.
 */
export function backupIdAt(atMs: number, taken: readonly string[]): string {
  const own = stampOf(atMs)
  const [newest] = taken.filter(isBackupId).toSorted(newestFirst)
  const [stamp, count] = newest === undefined ? ['', 0] : partsOf(newest)
  return stamp < own ? `anr_state_${own}` : `anr_state_${stamp}_${count + 1}`
}

/** Orders backups by their names, the newest first. */
export function newestFirst(a: string, b: string): number {
  const [stampA, countA] = partsOf(a)
  const [stampB, countB] = partsOf(b)
  if (stampA !== stampB) return stampA < stampB ? 1 : -1
  return countB - countA
}

function partsOf(id: string): [stamp: string, count: number] {
  const [, stamp = '', count = '1'] = BACKUP.exec(id) ?? []
  return [stamp, Number(count)]
}
