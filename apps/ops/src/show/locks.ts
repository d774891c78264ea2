import type { LockBroken } from '../commands/locks-break.ts'
import type { ListedLock, LocksListed } from '../commands/locks-list.ts'
import { durationText } from '../duration.ts'
import type { Style } from '../terminal/style.ts'
import { table, type Cell } from '../terminal/table.ts'

export function lockLines({ locks, free }: LocksListed, style: Style): string[] {
  if (locks.length === 0) return [style.good(`No lock is held; ${free} are free.`)]
  const columns = [
    { title: 'LOCK', canShrink: true },
    { title: 'STATE' },
    { title: 'HOLDER' },
    { title: 'HELD', align: 'right' as const },
    { title: 'LAST SEEN', align: 'right' as const },
    { title: 'WAITING' },
  ]
  const rows = locks.map((lock): Cell[] => [
    lock.name,
    stateCell(lock),
    lock.pid === null ? '-' : `process ${lock.pid}`,
    lock.heldMs === null ? '-' : durationText(lock.heldMs),
    lock.quietMs === null ? '-' : `${durationText(lock.quietMs)} ago`,
    lock.waiters.length === 0 ? '-' : lock.waiters.join(' '),
  ])
  return table(columns, rows, style)
}

function stateCell({ state, liveness }: ListedLock): Cell {
  if (state === 'damaged') return { text: state, paint: 'bad' }
  if (state !== 'held') return { text: state, paint: 'faint' }
  if (liveness === 'dead') return { text: 'dead holder', paint: 'bad' }
  return liveness === 'alive'
    ? { text: 'held', paint: 'good' }
    : { text: 'held far away', paint: 'notice' }
}

export function brokenLines({ name, pid, isBroken }: LockBroken): string[] {
  return isBroken ? [`The lock "${name}" was taken from process ${pid}, and is free.`] : []
}
