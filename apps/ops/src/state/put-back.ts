import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { copyAsIs } from './copy-state.ts'
import { syncDirectory } from './copy-file.ts'
import { openAny } from './examine.ts'
import { learnedIn, UNFINISHED } from './places.ts'
import {
  DECISIONS,
  ENDINGS,
  LESSONS,
  segmentsOf,
  snapshotFile,
  snapshotsIn,
} from './store-files.ts'

type Means = Pick<Context, 'dataDir' | 'clock' | 'random' | 'signal'>

const PREFIX = '.restore-'

/**
 * Puts a copy of a state in the place of the one that is there. Nobody else may work on it. One rename does it: before it there is the old
 * state and after it the new one, and a process that is killed leaves one of the two.
 *
 * A directory cannot be put in the place of another in one step. So the copy is first made into a single snapshot, with a higher number
 * than any that is there, which covers every segment that is there as one from which nothing was learned. As soon as it has its name
 * it is the state; what was there before counts no more, and is moved aside.
 * @param files a directory that holds the files of a store; it is only read.
 * @returns where what was there before is kept; null if there was nothing.
 */
export async function putBack(files: string, means: Means): Promise<string | null> {
  const { dataDir, random, signal } = means
  const learned = learnedIn(dataDir)
  await sweep(dataDir)
  const scratch = join(dataDir, `${PREFIX}${random.hex(8)}${UNFINISHED}`)
  const prepared = join(scratch, 'learned')
  try {
    await mkdir(scratch)
    await copyAsIs(files, prepared, signal)
    if (!(await isStore(learned))) return await putWhole(prepared, learned, means)

    for (const part of [LESSONS, DECISIONS]) await mkdir(join(learned, part), { recursive: true })
    const old = await filesOf(learned)
    const number = await asOneSnapshot(prepared, learned, means)
    await addDecisions(prepared, learned)
    signal.throwIfAborted()
    await rename(join(prepared, snapshotFile(number)), join(learned, snapshotFile(number)))
    await syncDirectory(learned)
    return await moveAside(learned, old, means)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Where nothing is, or nothing that a store could be. */
async function putWhole(prepared: string, learned: string, means: Means): Promise<string | null> {
  const keptAt = await setAside(learned, means)
  await rename(prepared, learned)
  await syncDirectory(means.dataDir)
  return keptAt
}

/** Moves what was learned aside, in one step. @returns to where; null if there was nothing. */
export async function setAside(
  learned: string,
  { clock, dataDir }: Pick<Means, 'clock' | 'dataDir'>,
): Promise<string | null> {
  const keptAt = `${learned}.aside-${clock.wallMs()}`
  try {
    await rename(learned, keptAt)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  await syncDirectory(dataDir)
  return keptAt
}

/** Whether something is there that a store may lie in. */
async function isStore(learned: string): Promise<boolean> {
  for (const path of [learned, join(learned, LESSONS)]) {
    try {
      if (!(await stat(path)).isDirectory()) return false
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      if (path === learned) return false
    }
  }
  return true
}

/** Makes of a prepared state one snapshot that can stand beside what is there. @returns its number. */
async function asOneSnapshot(prepared: string, learned: string, means: Means): Promise<number> {
  const { clock, random } = means
  await using store = await openAny(prepared, { clock, random })
  const before = store.read().decisions
  // Of the segments that are there nothing was learned here, and a snapshot that covers them says so.
  const known = await segmentsOf(prepared, LESSONS)
  for (const name of await segmentsOf(learned, LESSONS)) {
    if (!known.includes(name)) await writeFile(join(prepared, LESSONS, `${name}.sealed`), '')
  }
  await snapshot(store)
  const [highest = 0] = await snapshotsIn(learned)
  const [own = 0] = await snapshotsIn(prepared)
  if (highest >= own) {
    // Only the number counts of one that cannot be read: the next has a higher one.
    await writeFile(join(prepared, snapshotFile(highest)), '')
    await snapshot(store)
  }
  const [number = 0] = await snapshotsIn(prepared)
  if (number <= highest || store.read().decisions !== before) {
    throw new OpsError(
      'OPS_INTEGRITY',
      `the copy could not be made ready: ${store.read().decisions} of ${before} decisions, snapshot ${number} after ${highest}; nothing was changed`,
    )
  }
  return number
}

async function snapshot(store: Awaited<ReturnType<typeof openAny>>): Promise<void> {
  const { kind } = await store.compact()
  if (kind !== 'done') throw new OpsError('OPS_LOCKED', 'someone else works on the copy')
}

/** Decisions of the copy that wait for their reward join those that wait now. Each file is on disk already, and comes whole or not at all. */
async function addDecisions(prepared: string, learned: string): Promise<void> {
  const there = new Set(await readdir(join(learned, DECISIONS)))
  for (const file of await readdir(join(prepared, DECISIONS))) {
    // The same one has gone on since.
    if (there.has(file)) continue
    await rename(join(prepared, DECISIONS, file), join(learned, DECISIONS, file))
  }
  await syncDirectory(join(learned, DECISIONS))
}

/** What a state was read from, by paths below its directory: snapshots, then segments. */
async function filesOf(learned: string): Promise<string[]> {
  const lessons = await readdir(join(learned, LESSONS))
  return [
    ...(await snapshotsIn(learned)).map(snapshotFile),
    ...lessons
      .filter((file) => ENDINGS.some((ending) => file.endsWith(ending)))
      .map((file) => join(LESSONS, file)),
  ]
}

/** The new snapshot covers what is left, should this be killed. */
async function moveAside(
  learned: string,
  files: readonly string[],
  { clock }: Means,
): Promise<string | null> {
  if (files.length === 0) return null
  const keptAt = `${learned}.aside-${clock.wallMs()}`
  await mkdir(join(keptAt, LESSONS), { recursive: true })
  for (const file of files) await rename(join(learned, file), join(keptAt, file))
  for (const folder of [learned, join(learned, LESSONS)]) await syncDirectory(folder)
  return keptAt
}

/** Removes what others left that were killed: whoever writes here has the router's lock. */
async function sweep(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(PREFIX) || !name.endsWith(UNFINISHED)) continue
    await rm(join(dataDir, name), { recursive: true, force: true })
  }
}
