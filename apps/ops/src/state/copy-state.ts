import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { OpsError } from '../errors.ts'
import { copyFile, syncDirectory, type CopiedFile } from './copy-file.ts'
import {
  DECISIONS,
  ENDINGS,
  LESSONS,
  segmentsOf,
  snapshotFile,
  snapshotsIn,
} from './store-files.ts'

const MOST_TRIES = 10

/**
 * Copies what a store holds while any number of processes write to it. Whatever was acknowledged before this is called is in the copy.
 *
 * A lesson is acknowledged once it lies in a segment, and a segment is removed only after the snapshot before the one that covers it. So
 * with the snapshots copied first, and the newest of them still there at the end, nothing that it does not cover was removed meanwhile. A
 * segment that is being written is cut where it happens to end, as by a crash, and stores read those.
 * @param to a directory that does not exist. Nothing is left there if this fails.
 * @throws {OpsError} `OPS_LOCKED` if it changes faster than it can be copied.
 */
export async function copyState(
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<CopiedFile[]> {
  try {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const copied = await tryCopy(from, to, signal)
      if (copied !== null) return copied
      await rm(to, { recursive: true })
    }
  } catch (error) {
    await rm(to, { recursive: true, force: true })
    throw error
  }
  throw new OpsError(
    'OPS_LOCKED',
    `${from} changes faster than it can be copied: ${MOST_TRIES} times its snapshots were gone before the end`,
    { next: ['the same again'] },
  )
}

/** Null if the snapshot that the copy goes by was replaced twice meanwhile. */
async function tryCopy(
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<CopiedFile[] | null> {
  for (const part of [LESSONS, DECISIONS]) await mkdir(join(to, part), { recursive: true })
  const copy = async (path: string): Promise<CopiedFile[]> => {
    const copied = await copyFile(join(from, path), join(to, path), signal)
    return copied === null ? [] : [{ path: path.split(sep).join('/'), ...copied }]
  }
  const numbers = await snapshotsIn(from)
  const snapshots = new Map<number, CopiedFile[]>()
  for (const number of numbers) snapshots.set(number, await copy(snapshotFile(number)))
  const lessons: CopiedFile[] = []
  for (const name of await segmentsOf(from, LESSONS)) {
    // Endings change in this order only, so none is missed.
    for (const ending of ENDINGS) {
      const copied = await copy(join(LESSONS, name + ending))
      lessons.push(...copied)
      if (copied.length > 0) break
    }
  }
  const left = await snapshotsIn(from)
  const [newest] = numbers
  // Before the first snapshot there is no file; the second is the first that lets segments go.
  if (newest === undefined ? (left[0] ?? 0) > 1 : !left.includes(newest)) return null
  for (const number of numbers) {
    if (left.includes(number)) continue
    // A spare whose segments may be gone would, should it be needed, be less than it says.
    snapshots.delete(number)
    await rm(join(to, snapshotFile(number)), { force: true })
  }
  const decisions: CopiedFile[] = []
  for (const name of await segmentsOf(from, DECISIONS)) {
    for (const ending of ENDINGS) decisions.push(...(await copy(join(DECISIONS, name + ending))))
  }
  for (const folder of [LESSONS, DECISIONS, '']) await syncDirectory(join(to, folder))
  return [...[...snapshots.values()].flat(), ...lessons, ...decisions]
}

/** Copies every file as it is, whatever it is of, also a single file; locks and what is half written are left out. */
export async function copyAsIs(
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<CopiedFile[]> {
  const copied: CopiedFile[] = []
  await mkdir(to, { recursive: true })
  const isFile = (await stat(from)).isFile()
  for (const path of isFile ? [''] : await filesBelow(from)) {
    const target = join(to, isFile ? basename(from) : path)
    await mkdir(dirname(target), { recursive: true })
    const file = await copyFile(join(from, path), target, signal)
    if (file !== null) copied.push({ path: relative(to, target).split(sep).join('/'), ...file })
  }
  const folders = new Set(copied.map(({ path }) => dirname(join(to, path))))
  for (const folder of [...folders, to]) await syncDirectory(folder)
  return copied
}

/** The regular files below a directory, by their paths in it. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
    .filter((path) => !/\.lock[/\\]|\.tmp$/.test(path))
}
