import type { Context } from '../command.ts'
import { durationText } from '../duration.ts'
import { commandLine } from '../help.ts'
import { findLocks, type NamedLock } from '../locks/find-locks.ts'
import { closedAt, closedNext, closedText } from '../rights.ts'
import { broken, ok, warning, type Said } from './finding.ts'

/** Held for so long, a lock of anyone but a router is worth a look, in ms. */
const LONG_MS = 30 * 60_000

/** Locks of dead owners, damaged ones, and those held for long. */
export async function lookAtLocks(context: Context): Promise<readonly Said[]> {
  const { locks, closed } = await findLocks(context)
  const said = [...closed.map(closedFinding), ...locks.flatMap(lockFindings)]
  const held = locks.filter(({ seen }) => seen.state === 'held').length
  return said.length > 0 ? said : [ok(`${locks.length} locks, ${held} of them held, none stale`)]
}

function closedFinding(path: string): Said {
  const seen = closedAt(path)
  return warning(`${closedText(seen)}: locks in it are not seen`, closedNext(seen)[0] ?? null)
}

/** Decides. */
export function lockFindings({ name, seen }: NamedLock): Said[] {
  const { state, liveness, owner, heldMs } = seen
  const next = commandLine(['locks', 'break', name])
  if (state === 'damaged') return [broken(`the lock "${name}" is damaged`, 'holdfast locks list')]
  if (state !== 'held') return []
  const who = `process ${owner?.pid ?? 'unknown'}`
  if (liveness === 'dead') {
    // Its place in `workers/` is cleared by the next command that moves the rollout.
    const isWorker = name.startsWith('rollout/workers/')
    const whom = isWorker
      ? 'whoever waits for routers passes over it'
      : 'whoever comes next takes it'
    return [warning(`"${name}" is held by ${who}, which is dead; ${whom}`, isWorker ? null : next)]
  }
  const isRouters = name === 'router' || name.startsWith('rollout/workers/')
  if (isRouters || heldMs === null || heldMs < LONG_MS) return []
  return [warning(`"${name}" is held by ${who} for ${durationText(heldMs)}`, 'holdfast locks list')]
}
