import { join } from 'node:path'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { hashFile } from './copy-file.ts'
import { examineCopy, type OpenState } from './examine.ts'
import { FILES, readManifest, type Manifest } from './manifest.ts'
import { backupsIn, isBackupId, newestFirst } from './places.ts'
import { namesIn } from './store-files.ts'

/** A backup that is there. */
export interface Backup {
  readonly id: string
  /** Absolute. */
  readonly path: string
  /** Null: it cannot be read, and `problem` says why. */
  readonly manifest: Manifest | null
  readonly problem: string | null
}

/** All backups, the newest first. One under way has another name. */
export async function findBackups(dataDir: string): Promise<Backup[]> {
  const directory = backupsIn(dataDir)
  const ids = (await namesIn(directory)).filter(isBackupId).toSorted(newestFirst)
  return await Promise.all(
    ids.map(async (id) => {
      const path = join(directory, id)
      const read = await readManifest(path)
      return 'manifest' in read
        ? { id, path, manifest: read.manifest, problem: null }
        : { id, path, manifest: null, problem: read.problem }
    }),
  )
}

/**
 * The backup that is meant: by its name, by a beginning that only it has, or as `latest`, the newest that holds a sound state.
 * @throws {OpsError} `OPS_NOT_FOUND`.
 */
export async function findBackup(dataDir: string, name: string): Promise<Backup> {
  const all = await findBackups(dataDir)
  const exact = all.find(({ id }) => id === name)
  if (exact !== undefined) return exact
  const some =
    name === 'latest'
      ? all.filter((backup) => proofOf(backup) === 'sound').slice(0, 1)
      : all.filter(({ id }) => id.startsWith(name) || id.startsWith(`anr_state_${name}`))
  const [only] = some
  if (only !== undefined && some.length === 1) return only
  const wanted = name === 'latest' ? 'sound backup' : `backup "${name}"`
  const what = some.length === 0 ? `is no ${wanted}` : `are ${some.length} backups "${name}…"`
  throw new OpsError('OPS_NOT_FOUND', `there ${what} in ${backupsIn(dataDir)}`, {
    next: all.length === 0 ? ['holdfast state backup'] : ['holdfast state list'],
  })
}

/** Whether a backup holds a state that opens, and one without a flaw. */
export const proofOf = ({ manifest }: Pick<Backup, 'manifest'>): Proof =>
  manifest?.proof?.kind ?? 'none'

export type Proof = OpenState['kind'] | 'none'

/** A backup, as far as it matters for whether it may go. */
export interface Kept {
  readonly id: string
  readonly proof: Proof
  /** Those that come out of it. */
  readonly decisions: number
}

export const keptOf = (backup: Backup): Kept => ({
  id: backup.id,
  proof: proofOf(backup),
  decisions: backup.manifest?.proof?.decisions ?? 0,
})

/**
 * The backups that may go: beyond the newest `keep` of those that open, and the newest `keep` of those that do not. The newest that is sound
 * is never among them, and neither is the sound one that holds the most: where a state is lost, backups of what is left of it push out
 * nothing.
 * @param backups the newest first.
 */
export function surplus(backups: readonly Kept[], keep: number): string[] {
  const sound = backups.filter(({ proof }) => proof === 'sound')
  const most = Math.max(...sound.map(({ decisions }) => decisions))
  const staying = new Set([sound[0]?.id, sound.find(({ decisions }) => decisions === most)?.id])
  const good = backups.filter(({ proof }) => proof !== 'none')
  const bad = backups.filter(({ proof }) => proof === 'none')
  return [...good.slice(Math.max(1, keep)), ...bad.slice(Math.max(1, keep))]
    .map(({ id }) => id)
    .filter((id) => !staying.has(id))
}

/** What came of a look at a backup. */
export interface Verified {
  readonly id: string
  /** `as-is`: its files are as they were copied, and were never a state that opens. */
  readonly kind: OpenState['kind'] | 'as-is' | 'bad'
  readonly problems: readonly string[]
  readonly decisions: number | null
  readonly files: number
  readonly tookMs: number
}

/** Compares every file with its hash, then restores the backup to a scratch directory, opens it, and compares what comes out. */
export async function verifyBackup(
  { id, path, manifest, problem }: Backup,
  context: Pick<Context, 'clock' | 'random' | 'signal'>,
): Promise<Verified> {
  const startMs = context.clock.monotonicMs()
  const verdict = (kind: Verified['kind'], problems: readonly string[]): Verified => ({
    id,
    kind,
    problems,
    decisions: manifest?.proof?.decisions ?? null,
    files: manifest?.files.length ?? 0,
    tookMs: context.clock.monotonicMs() - startMs,
  })
  if (manifest === null) return verdict('bad', [problem ?? `${path} has no manifest`])
  const changed = await changedFiles(path, manifest, context.signal)
  if (changed.length > 0) return verdict('bad', changed)
  const { proof } = manifest
  if (proof === null) return verdict('as-is', manifest.problems)
  const found = await examineCopy(join(path, FILES), context)
  if (found.kind === 'missing') return verdict('bad', [`${join(path, FILES)} is not there`])
  if (found.kind === 'broken') return verdict('bad', found.problems)
  const differing = differences(proof, found)
  if (differing.length > 0) return verdict('bad', [...differing, ...found.problems])
  // What was seen of the state itself when it was taken does not show in a copy.
  return proof.kind === 'damaged'
    ? verdict('damaged', proof.problems)
    : verdict(found.kind, found.problems)
}

async function changedFiles(
  path: string,
  { files }: Manifest,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = []
  for (const file of files) {
    const found = await hashFile(join(path, FILES, file.path), signal)
    if (found === null) problems.push(`${file.path} is not there`)
    else if (found.bytes !== file.bytes) {
      problems.push(`${file.path} has ${found.bytes} bytes, and had ${file.bytes}`)
    } else if (found.sha256 !== file.sha256) {
      problems.push(`${file.path} was changed: its sha256 is ${found.sha256.slice(0, 12)}…`)
    }
  }
  return problems
}

/** Where what comes out is not what came out when the backup was taken. */
function differences(proof: OpenState, found: OpenState): string[] {
  const problems: string[] = []
  if (proof.decisions !== found.decisions) {
    problems.push(`${found.decisions} decisions come out, and it was taken with ${proof.decisions}`)
  }
  if (JSON.stringify(proof.routes) !== JSON.stringify(found.routes)) {
    problems.push('other sums of routes come out than it was taken with')
  }
  return problems
}
