/** One holder of a path at a time, across processes, with a number that grows with every holder. */
export { acquireLock, tryLock, withLock } from './lock.ts'
export type { Lock } from './lock.ts'
export type { AcquireLockOptions, EngineName, TryLockOptions } from './options.ts'
export { breakLock, inspectLock } from './inspect.ts'
export type { BreakLockOptions, InspectLockOptions } from './inspect.ts'
export { watchLock } from './watch.ts'
export type { WatchLockOptions } from './watch.ts'
export type {
  Attempt,
  BreakResult,
  Contest,
  Grip,
  LockCapabilities,
  LockEngine,
  LockInspection,
  Opening,
  Takeover,
  Terms,
} from './engine.ts'
export type { LockOwner } from './owner.ts'
export {
  LockExistsError,
  LockFailedError,
  LockLostError,
  LockReentrantError,
  LockTimeoutError,
} from './errors.ts'
export type { LockFailedCode } from './errors.ts'
export type { LockFact } from './facts.ts'
export { fileLockCounters } from './counters.ts'
