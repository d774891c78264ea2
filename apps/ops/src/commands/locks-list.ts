import type { LockInspection } from '@holdfast/file-lock'
import type { Command } from '../command.ts'
import { commandLine } from '../help.ts'
import { findLocks, type NamedLock } from '../locks/find-locks.ts'
import { closedAt, closedText } from '../rights.ts'
import { lockLines } from '../show/locks.ts'

/** A lock as it was found. Looking takes none. */
export interface ListedLock {
  readonly name: string
  readonly path: string
  readonly state: LockInspection['state']
  readonly fence: number | null
  /** The process that holds it; null where none does. */
  readonly pid: number | null
  readonly liveness: LockInspection['liveness']
  readonly heldMs: number | null
  /** Since its last sign of life. */
  readonly quietMs: number | null
  readonly waiters: readonly number[]
}

/** The locks of the data directory. */
export interface LocksListed {
  readonly locks: readonly ListedLock[]
  /** How many are free, listed or not. */
  readonly free: number
}

export const command: Command<LocksListed, { readonly all?: boolean }> = {
  async run(context, { all = false }) {
    const seen = await findLocks(context)
    for (const path of seen.closed) {
      context.warn(`${closedText(closedAt(path))}: locks in it are not seen`)
    }
    const found = seen.locks.map(listed)
    const locks = all ? found : found.filter((lock) => !isFree(lock))
    const dead = locks.filter(({ liveness }) => liveness === 'dead')
    return {
      data: { locks, free: found.filter(isFree).length },
      next: dead.map(({ name }) => commandLine(['locks', 'break', name])),
    }
  },
  show: lockLines,
}

const isFree = ({ state }: ListedLock): boolean => state === 'free' || state === 'absent'

function listed({ name, path, seen }: NamedLock): ListedLock {
  const { state, fence, owner, liveness, heldMs, quietMs, waiters } = seen
  return {
    name,
    path,
    state,
    fence,
    pid: owner?.pid ?? null,
    liveness,
    heldMs,
    quietMs,
    waiters: waiters.map(({ pid }) => pid),
  }
}
