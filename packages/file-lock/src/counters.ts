import { counterRows, type CounterRow } from '@holdfast/seams'
import type { LockFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const fileLockCounters: readonly CounterRow[] = counterRows<LockFact>(
  {
    name: 'holdfast_file_lock_acquisitions_total',
    help: 'Locks taken, by engine.',
    kind: 'lock.won',
    labels: ['engine'],
  },
  {
    name: 'holdfast_file_lock_wait_milliseconds_total',
    help: 'Time spent waiting for locks that were then taken.',
    kind: 'lock.won',
    amount: 'waitedMs',
  },
  {
    name: 'holdfast_file_lock_takeovers_total',
    help: 'Locks taken from a holder, because it was dead or its lease had run out.',
    kind: 'lock.taken-over',
    labels: ['because'],
  },
  {
    name: 'holdfast_file_lock_timeouts_total',
    help: 'Waits that ended without the lock.',
    kind: 'lock.timed-out',
  },
  {
    name: 'holdfast_file_lock_held_milliseconds_total',
    help: 'Time for which locks were held that were then given back.',
    kind: 'lock.released',
    amount: 'heldMs',
  },
  {
    name: 'holdfast_file_lock_losses_total',
    help: 'Locks lost while held: broken, taken over or removed.',
    kind: 'lock.lost',
  },
  {
    name: 'holdfast_file_lock_breaks_total',
    help: 'Locks broken by hand.',
    kind: 'lock.broken',
  },
  {
    name: 'holdfast_file_lock_errors_total',
    help: 'Locks the system would not let us work with, by code.',
    kind: 'lock.failed',
    labels: ['code'],
  },
)
