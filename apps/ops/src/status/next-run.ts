import { lstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Context } from '../command.ts'
import { JOBS, nextAt, usualName, type Job } from '../schedule/job.ts'
import { ownUid, usualTarget, type TargetName } from '../schedule/machine.ts'
import { programsOf } from '../schedule/run-program.ts'
import { targetOf, type Target } from '../schedule/targets.ts'

/** When a scheduler will run the daily job of this data directory. */
export interface NextRun {
  readonly atMs: number
  readonly target: TargetName
}

/**
 * By the files of the scheduler: nobody is asked, because that takes too long. Null: nothing is planned, or files do not tell. A data
 * directory whose name has to be quoted in them is not recognised, and neither is a job of another name.
 */
export async function nextRunOf({
  dataDir,
  env,
  clock,
}: Pick<Context, 'dataDir' | 'env' | 'clock'>): Promise<NextRun | null> {
  const id = usualTarget()
  // Those have no files that can be read.
  if (id === 'cron' || id === 'windows') return null
  const around = { env, uid: ownUid(), root: null, run: programsOf(env) }
  // Of whoever calls, who has a place for it only at home, and of the whole machine.
  const accounts = (env['HOME'] ?? '') === '' ? ['root'] : [null, 'root']
  for (const account of accounts) {
    const job: Job = { ...JOBS.promote, name: usualName('promote'), command: [], account, log: '' }
    const atMs = await plannedBy(targetOf(id, job, around), dataDir, clock.wallMs())
    if (atMs !== null) return { atMs, target: id }
  }
  return null
}

/** When a job runs next that is installed for a data directory; null if none is. */
export async function plannedBy(
  { id, parts, timeOf }: Pick<Target, 'id' | 'parts' | 'timeOf'>,
  dataDir: string,
  nowMs: number,
): Promise<number | null> {
  const texts: string[] = []
  for (const { store, isOurs } of parts) {
    const text = await store.read().catch(nullIfClosed)
    if (text === null || !isOurs(text)) return null
    texts.push(text)
  }
  if (!texts.some((text) => wordsOf(text).includes(dataDir))) return null
  if (id === 'systemd' && !isEnabled(parts.at(-1)?.store.what ?? '')) return null
  const at = timeOf(texts.at(-1) ?? '')
  return at === null ? null : nextAt(at, nowMs)
}

/** The words of a command line, and the texts of XML. */
const wordsOf = (text: string): string[] => text.split(/[\s<>]+/)

/** Source: systemctl(1), enable: it makes this link. */
const isEnabled = (timer: string): boolean =>
  lstatSync(join(dirname(timer), 'timers.target.wants', basename(timer)), {
    throwIfNoEntry: false,
  }) !== undefined

/** What this user may not read is of another. */
function nullIfClosed(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'EACCES') return null
  throw error
}
