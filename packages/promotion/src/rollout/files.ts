import { join } from 'node:path'
import { readJsonSync } from '@holdfast/atomic-json'
import { messageOf } from '../errors.ts'
import type { RolloutSight } from './effective.ts'
import { isRolloutState } from './state.ts'

/** Where the parts of a rollout lie in its directory. */
export interface RolloutFiles {
  readonly state: string
  readonly journal: string
  /** Its presence rolls back, without any lock. */
  readonly rollback: string
  /** One file for each router process, by which it acknowledges. */
  readonly workers: string
}

export function filesOf(directory: string): RolloutFiles {
  return {
    state: join(directory, 'rollout.json'),
    journal: join(directory, 'rollout-journal.ndjson'),
    rollback: join(directory, 'rollback.json'),
    workers: join(directory, 'workers'),
  }
}

/** The content of `rollback.json`. */
export interface RollbackFile {
  readonly version: 1
  readonly id: string
  readonly atMs: number
  readonly reason: string
  readonly by: string
}

/**
 * Looks at state and rollback, without a lock and without changing anything. Never throws: what cannot be read is told to `trouble`
 * and is null, or `unreadable`.
 */
export function lookAt(
  { state, rollback }: RolloutFiles,
  trouble: (path: string, reason: string) => void,
): RolloutSight {
  const found = read(state, trouble)
  const isState = isRolloutState(found)
  if (found !== undefined && found !== null && !isState) {
    trouble(state, 'is no rollout state of version 1')
  }
  return { state: isState ? found : null, rollback: rollbackIn(rollback, trouble) }
}

function rollbackIn(
  path: string,
  trouble: (path: string, reason: string) => void,
): RolloutSight['rollback'] {
  const found = read(path, trouble)
  if (found === undefined) return null
  const { version, id, reason } = (found ?? {}) as Partial<RollbackFile>
  return version === 1 && typeof id === 'string' && typeof reason === 'string'
    ? { id, reason }
    : 'unreadable'
}

/** Undefined: there is none. Null: it cannot be read. */
function read(path: string, trouble: (path: string, reason: string) => void): unknown {
  try {
    const found = readJsonSync(path, { onCorrupt: 'answer', maxBytes: 1_048_576 })
    if (found.kind === 'missing') return undefined
    if (found.kind === 'ok') return found.value
    trouble(path, found.reason)
  } catch (error) {
    trouble(path, messageOf(error))
  }
  return null
}
