import type { Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { counted } from '../figure.ts'
import { startCommand } from '../router/start.ts'
import { routerAt } from '../state/alone.ts'
import { findBackups, proofOf, type Backup } from '../state/backups.ts'
import { examineLive, type Examined } from '../state/examine.ts'
import { learnedIn } from '../state/places.ts'
import { sizeOf } from '../state/size.ts'
import { broken, ok, problem, warning, type Said } from './finding.ts'

/** As old as a state may be under live traffic. */
const FRESH_MS = 60 * 60_000
/** A daily backup that failed twice. */
const BACKUP_MS = 50 * 60 * 60_000

/** Whether what was learned opens, is fresh, and could be had back. */
export async function lookAtState(context: Context): Promise<readonly Said[]> {
  const { dataDir, clock } = context
  const path = learnedIn(dataDir)
  const found = await examineLive(path, context)
  const backups = await findBackups(dataDir)
  const newest = backups.find((backup) => proofOf(backup) === 'sound')
  const { savedAtMs } = await sizeOf(path)
  const seen: SeenState = {
    path,
    found,
    known: newest?.manifest?.proof?.decisions ?? null,
    ageMs: savedAtMs === null ? null : clock.wallMs() - savedAtMs,
    hasRouter: (await routerAt(context)) !== null,
    start: startCommand(context),
  }
  return [...stateFindings(seen), ...backupFindings(backups, clock.wallMs())]
}

interface SeenState {
  readonly path: string
  readonly found: Examined
  /** Decisions in the newest sound backup; null without one. */
  readonly known: number | null
  readonly ageMs: number | null
  readonly hasRouter: boolean
  /** The command that starts one. */
  readonly start: string
}

/** Decides. */
export function stateFindings({ path, found, known, ageMs, hasRouter, start }: SeenState): Said[] {
  const restore = known === null ? 'holdfast state show' : 'holdfast state restore latest'
  if (found.kind === 'missing') {
    return known === null || known === 0
      ? [warning(`nothing was learned yet in ${path}`, start)]
      : [problem(`${path} is missing, and a backup has ${known} decisions`, restore)]
  }
  if (found.kind === 'broken') {
    return [broken(`it is there and cannot be opened: ${found.problems.join('; ')}`, restore)]
  }
  const { kind, decisions, routes, problems, dim } = found
  // One that never learned anything is sound.
  if (kind === 'damaged' && dim === null) {
    return [broken(`it opens, and nothing comes out of it: ${problems.join('; ')}`, restore)]
  }
  const what = `${counted(decisions, 'decision')} of ${counted(routes.length, 'route')}`
  const said: Said[] =
    kind === 'sound'
      ? [ok(`it opens, with ${what}`)]
      : [
          warning(
            `it opens with ${what}, and the rest is lost: ${problems.join('; ')}`,
            'holdfast state show',
          ),
        ]
  if (known !== null && decisions < known) {
    const less = `it knows ${decisions} decisions, fewer than the ${known} of the newest backup`
    said.push(warning(less, 'holdfast state diff latest'))
  }
  if (ageMs !== null && ageMs > FRESH_MS && hasRouter) {
    const old = `it was last written ${durationText(ageMs)} ago, and a router runs`
    said.push(warning(old, 'holdfast health'))
  }
  return said
}

/** Decides. */
export function backupFindings(
  backups: readonly Pick<Backup, 'id' | 'manifest' | 'problem'>[],
  nowMs: number,
): Said[] {
  const unread = backups.filter(({ manifest }) => manifest === null)
  const said = unread.map(({ id, problem: why }) =>
    broken(`${id} cannot be read: ${why ?? ''}`, 'holdfast state list'),
  )
  const newest = backups.find((backup) => proofOf(backup) === 'sound')
  if (newest === undefined || newest.manifest === null) {
    return [...said, warning('there is no sound backup', 'holdfast state backup')]
  }
  const ageMs = nowMs - newest.manifest.takenAtMs
  const seen = `the newest sound backup is ${durationText(ageMs)} old`
  const isOld = ageMs > BACKUP_MS
  return [...said, isOld ? warning(seen, 'holdfast state backup') : ok(seen)]
}
