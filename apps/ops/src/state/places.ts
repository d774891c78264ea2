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

/** The name of a backup taken at `atMs` that none of `taken` has. */
export function backupIdAt(atMs: number, taken: readonly string[]): string {
  const first = `anr_state_${stampOf(atMs)}`
  let id = first
  for (let count = 2; taken.includes(id); count += 1) id = `${first}_${count}`
  return id
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
