import type { LockOwner } from './owner.ts'

/** An owner, with the fields that a test is about. */
export const owner = (fields: Partial<LockOwner> = {}): LockOwner => ({
  pid: 4711,
  threadId: 4711,
  startedAt: '988012',
  host: '0123456789',
  boot: 'abcdef0123',
  space: 'init',
  engine: 'direct',
  sinceMs: Date.UTC(2026, 0, 1),
  nonce: '00c0ffee0000',
  ...fields,
})
