import { statSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceJson } from '@holdfast/atomic-json'
import { acquireLock } from '@holdfast/file-lock'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { findBackups, keptOf, surplus, type Backup } from './backups.ts'
import { copyAsIs, copyState } from './copy-state.ts'
import { syncDirectory, type CopiedFile } from './copy-file.ts'
import { examineCopy } from './examine.ts'
import { lostSegments } from './glance.ts'
import { FILES, MANIFEST, type Manifest } from './manifest.ts'
import { backupIdAt, backupsIn, learnedIn, UNFINISHED } from './places.ts'

export interface BackupTaken {
  readonly backup: Backup & { readonly manifest: Manifest }
  /** Older ones that were removed. */
  readonly removed: readonly string[]
  /** What should be gone and could not be removed, each in a sentence: it takes room, and the next backup tries again. */
  readonly stuck: readonly string[]
}

type Means = Pick<Context, 'dataDir' | 'clock' | 'random' | 'signal' | 'observe' | 'progress'> & {
  /** How many backups stay. */
  readonly keep: number
  /** True: what cannot be opened is kept as it is, rather than refused. */
  readonly isAsIs: boolean
}

/** Another backup takes about as long as copying the state. */
const WAIT_MS = 60_000

/**
 * Copies the state, also while routers learn, opens the copy, and only then gives it its name and lets older ones go.
 * @returns null if there is no state.
 * @throws {OpsError} `OPS_INTEGRITY` if it cannot be opened; `OPS_NOT_WRITTEN` if it cannot be written. Then there is nothing that looks
 * like a backup, and no other was removed. One that cannot be removed afterwards stands in the way of nothing.
 */
export async function takeBackup(means: Means): Promise<BackupTaken | null> {
  const { dataDir, random, signal } = means
  const directory = backupsIn(dataDir)
  const path = join(directory, `.${random.hex(8)}${UNFINISHED}`)
  try {
    // Where there is nothing to copy, nothing is left behind.
    if (statSync(learnedIn(dataDir), { throwIfNoEntry: false }) === undefined) return null
    await mkdir(directory, { recursive: true })
    await using _alone = await acquireLock(directory, { waitMs: WAIT_MS, signal })
    const left = await sweep(directory)
    try {
      const manifest = await write(path, means)
      if (manifest === null) return null
      const id = backupIdAt(manifest.takenAtMs, await readdir(directory))
      await rename(path, join(directory, id))
      await syncDirectory(directory)
      const backup = { id, path: join(directory, id), manifest, problem: null }
      const { removed, stuck } = await prune(means)
      return { backup, removed, stuck: [...left, ...stuck] }
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  } catch (error) {
    throw untouchable(directory, learnedIn(dataDir), error)
  }
}

/** Null if there is no state. */
async function write(path: string, means: Means): Promise<Manifest | null> {
  const { dataDir, clock, random, isAsIs, signal, progress } = means
  const learned = learnedIn(dataDir)
  const files = join(path, FILES)
  const takenAtMs = clock.wallMs()
  progress('copying what was learned')
  await mkdir(path)
  let copied: CopiedFile[]
  let lost: readonly string[]
  try {
    lost = await lostSegments(learned)
    copied = await copyState(learned, files, signal)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    // A file where a directory should be, say.
    if (code !== 'ENOTDIR') throw error
    if (!isAsIs) throw unusable(learned, [message])
    return await keepAsIs(path, takenAtMs, [message], means)
  }
  progress('opening the copy')
  const found = await examineCopy(files, { clock, random, signal })
  if (found.kind === 'missing') return null
  if (found.kind === 'broken') {
    const problems = found.problems.map((text) => text.replaceAll(files, learned))
    if (!isAsIs) throw unusable(learned, problems)
    return await keepAsIs(path, takenAtMs, problems, means)
  }
  const told = found.problems.map((text) => text.replaceAll(files, learned))
  const problems = [...new Set([...lost, ...told])]
  const proof = {
    ...found,
    kind: problems.length === 0 ? found.kind : 'damaged',
    problems,
  } as const
  return await finish(path, {
    version: 1,
    takenAtMs,
    kind: 'state',
    proof,
    problems: [],
    files: copied,
  })
}

async function keepAsIs(
  path: string,
  takenAtMs: number,
  problems: readonly string[],
  { dataDir, signal }: Means,
): Promise<Manifest> {
  await rm(join(path, FILES), { recursive: true, force: true })
  const files = await copyAsIs(learnedIn(dataDir), join(path, FILES), signal)
  return await finish(path, { version: 1, takenAtMs, kind: 'as-is', proof: null, problems, files })
}

async function finish(path: string, manifest: Manifest): Promise<Manifest> {
  await replaceJson(join(path, MANIFEST), manifest, { envelope: true, pretty: true })
  await syncDirectory(path)
  return manifest
}

function unusable(learned: string, problems: readonly string[]): OpsError {
  return new OpsError(
    'OPS_INTEGRITY',
    `${learned} cannot be opened, so it is no backup: ${problems.join('; ')}`,
    { next: ['holdfast state backup --as-is', 'holdfast state list'] },
  )
}

/** A backup that goes loses its name first: one that is half removed must not look like one. */
async function prune({
  dataDir,
  keep,
  random,
}: Means): Promise<Pick<BackupTaken, 'removed' | 'stuck'>> {
  const directory = backupsIn(dataDir)
  const backups = await findBackups(dataDir)
  const removed: string[] = []
  const stuck: string[] = []
  for (const id of surplus(backups.map(keptOf), keep)) {
    const leaving = join(directory, `.${random.hex(8)}${UNFINISHED}`)
    try {
      await rename(join(directory, id), leaving)
      removed.push(id)
      await rm(leaving, { recursive: true })
    } catch (error) {
      stuck.push(stuckText(removed.includes(id) ? leaving : join(directory, id), error))
    }
  }
  return { removed, stuck }
}

/** Removes what others left that were killed: whoever writes here has the lock. @returns what could not be removed. */
async function sweep(directory: string): Promise<string[]> {
  const stuck: string[] = []
  for (const name of await readdir(directory)) {
    if (!name.startsWith('.') || !name.endsWith(UNFINISHED)) continue
    try {
      await rm(join(directory, name), { recursive: true, force: true })
    } catch (error) {
      stuck.push(stuckText(join(directory, name), error))
    }
  }
  return stuck
}

/** @throws what is no refusal of the system. */
function stuckText(path: string, error: unknown): string {
  const { syscall, message } = error as NodeJS.ErrnoException
  if (syscall === undefined) throw error
  return `${path} cannot be removed: ${message}`
}

const NOT_WRITTEN: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'JSON_DISK_FULL',
  'LOCK_DISK_FULL',
  'LOCK_READ_ONLY',
  'LOCK_PERMISSION',
])

function untouchable(directory: string, learned: string, error: unknown): unknown {
  const { code, message, path } = error as NodeJS.ErrnoException
  if (!NOT_WRITTEN.has(code)) return error
  if (path?.startsWith(learned) === true) {
    return new OpsError('OPS_UNREADABLE', `${learned} cannot be read: ${message}`, {
      next: [`ls -lR ${learned}`, 'call it as the user who runs the router'],
      cause: error,
    })
  }
  return new OpsError('OPS_NOT_WRITTEN', `${directory} cannot be written: ${message}`, {
    next: [`df -h ${directory}`, `ls -ld ${directory}`],
    cause: error,
  })
}
