import { openContest, type Taker } from './contest.ts'
import type { Clock } from '@holdfast/seams'
import type { BreakResult, LockEngine, LockInspection, Terms } from './engine.ts'
import { identity, sight } from './identity.ts'
import { locate, look, move, touchedAtMs } from './lock-directory.ts'
import { freed } from './next-move.ts'
import { judge } from './owner.ts'

/** An engine whose locks are directories with a moving token. They differ in how a token is taken and kept. */
export function directoryEngine(
  name: string,
  openTaker: (directory: string, terms: Terms) => Taker,
): LockEngine {
  return {
    name,
    capabilities: { fencing: true, autoRelease: 'process-death', crossHost: false },
    locate,
    contend: (directory, terms) => openContest(directory, terms, openTaker(directory, terms)),
    inspect,
    breakIf,
  }
}

function inspect(directory: string, clock: Clock): LockInspection {
  const view = look(directory)
  const nothing = { lock: directory, fence: null, owner: null, liveness: null }
  const rest = { heldMs: null, quietMs: null, waiters: [] }
  if (view.kind === 'unknown-version' || view.kind === 'occupied') {
    return { ...nothing, ...rest, state: 'damaged' }
  }
  if (view.kind !== 'token') return { ...nothing, ...rest, state: view.kind }

  const { token, tickets } = view
  const waiters = tickets
    .map(({ owner }) => owner)
    .filter((owner) => judge(owner, identity(), sight) !== 'dead')
  if (token.kind === 'free') {
    return { ...nothing, ...rest, state: 'free', fence: token.fence, waiters }
  }
  const { fence, owner, name } = token
  const nowMs = clock.wallMs()
  // A rename keeps the time of the last touch, which may be another owner's.
  const signMs = Math.max(owner.sinceMs, touchedAtMs(directory, name) ?? 0)
  return {
    lock: directory,
    state: 'held',
    fence,
    owner,
    liveness: judge(owner, identity(), sight),
    heldMs: Math.max(0, nowMs - owner.sinceMs),
    quietMs: Math.max(0, Math.round(nowMs - signMs)),
    waiters,
  }
}

function breakIf(directory: string, fence: number): BreakResult {
  const view = look(directory)
  if (view.kind === 'unknown-version' || view.kind === 'occupied') {
    return { kind: 'refused', found: 'damaged', fence: null }
  }
  if (view.kind !== 'token') return { kind: 'refused', found: view.kind, fence: null }
  const { token } = view
  const isMeant = token.kind === 'held' && token.fence === fence
  if (isMeant && move(directory, token.name, freed(token).name)) {
    return { kind: 'broken', fence, owner: token.owner }
  }
  if (isMeant) return { kind: 'refused', found: 'free', fence } // It was given back at this very moment.
  return { kind: 'refused', found: token.kind, fence: token.fence }
}
