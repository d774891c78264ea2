import { directoryEngine } from './directory-engine.ts'
import type { LockEngine } from './engine.ts'
import { move } from './lock-directory.ts'
import { TokenGrip } from './token-grip.ts'

/** The protocol and nothing else: the quickest engine that runs everywhere. */
export const directEngine: LockEngine = directoryEngine('direct', (directory, { clock }) => ({
  engine: 'direct',
  take: (from, to) =>
    move(directory, from.name, to.name) ? new TokenGrip(directory, to, clock) : null,
}))
