import { constants, copyFile, link, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '@holdfast/seams'
import { codeOf } from '../errors.ts'
import { LESSONS, snapshotFile } from './names.ts'
import { syncDirectory } from './segment-writer.ts'
import type { SnapshotFrame } from './snapshot.ts'
import { snapshotNumbers } from './snapshot-file.ts'

/**
 * Makes a snapshot the newest.
 * @param beforehand what must have happened when it gets its name. If it throws, nothing has changed.
 * @returns false if another process was quicker; then nothing has changed.
 */
export async function publish(
  { directory, random }: Readonly<{ directory: string; random: Random }>,
  { number }: SnapshotFrame,
  bytes: Buffer,
  beforehand: () => Promise<void>,
): Promise<boolean> {
  await removeAbandoned(directory)
  const path = join(directory, snapshotFile(number))
  const temporary = join(directory, `snapshot.${random.hex(16)}${TEMPORARY}`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await beforehand()
    if (!(await linked(temporary, path))) return false
  } finally {
    await unlink(temporary).catch(ignoreMissing)
  }
  await syncDirectory(directory)
  // A number that was taken and is free again: this process was stopped while others made several.
  if ((await snapshotNumbers(directory))[0] === number) return true
  await unlink(path).catch(ignoreMissing)
  return false
}

/** Gives a file a second name; false if there is one of that name, or another process has removed the file. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return false
    // Some file systems know no second name for a file.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error
  }
  return await copied(from, to)
}

/** Half a copy, should this be killed or read meanwhile, is a broken snapshot, and the one before serves. */
async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
  const file = await open(to, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  return true
}

/**
 * Removes what is of no more use: snapshots older than `base`, and then what it covers.
 * @param segments names of files.
 */
export async function remove(
  directory: string,
  base: SnapshotFrame,
  segments: readonly string[],
): Promise<void> {
  const old = (await snapshotNumbers(directory)).filter((number) => number < base.number)
  for (const number of old) await removed(join(directory, snapshotFile(number)))
  if (old.length > 0) await syncDirectory(directory)
  for (const file of segments) await removed(join(directory, LESSONS, file))
}

const TEMPORARY = '.tmp'

/** Removes what a process left that was killed while it wrote. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const file of await readdir(directory)) {
    if (file.endsWith(TEMPORARY)) await removed(join(directory, file))
  }
}

async function removed(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing)
}

export function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
