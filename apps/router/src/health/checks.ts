import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreHealth } from '@holdfast/bandit-store'
import { directoryWritable, type Check, type Finding } from '@holdfast/health'
import type { Config } from '../config/read-config.ts'
import type { RouterParts } from '../http/router-parts.ts'
import { LEARNED } from '../learning/learned-store.ts'
import type { RouterFact } from '../tell/facts.ts'

/** Whether what is learned is kept and used, in a word, or why not. */
export function learningState({ learner, lock }: Pick<RouterParts, 'learner' | 'lock'>): string {
  const { status, error, unsaved } = learner.health()
  if (!learner.isTrusted) return 'guardrail only: what was learned cannot be used'
  if (status !== 'ok') {
    const reason = error instanceof Error ? error.message : String(error)
    return unsaved > 0 ? `${unsaved} not saved: ${reason}` : `in trouble: ${reason}`
  }
  return lock.isLost ? 'the lock of the data directory is gone' : 'ok'
}

/** Lessons can be kept, and what was learned is used. */
export const learning =
  (parts: Pick<RouterParts, 'learner' | 'lock'>): Check =>
  () => {
    const state = learningState(parts)
    const { unsaved, savedAtMs } = parts.learner.health()
    const details = { unsaved, savedAtMs }
    if (state !== 'ok') return { status: 'critical', message: state, details }
    return { status: 'ok', message: 'what is learned is kept and used', details }
  }

/** What operators ordered can be read, and so is obeyed. */
export const ordersReadable =
  ({ orders }: Pick<RouterParts, 'orders'>): Check =>
  () =>
    orders.trouble === null
      ? { status: 'ok', message: `order ${orders.seq} is obeyed` }
      : { status: 'degraded', message: `what was ordered cannot be read: ${orders.trouble}` }

/** What is on disk is what was learned, but for the last `maxAgeMs`. */
export function stateFreshness(
  dataDir: string,
  { learner, clock }: Pick<RouterParts, 'learner' | 'clock'>,
  maxAgeMs: number,
): Check {
  const startedAtMs = clock.wallMs()
  return async () => {
    await stat(join(dataDir, LEARNED))
    return freshness(learner.health(), { startedAtMs, nowMs: clock.wallMs(), maxAgeMs })
  }
}

/** Decides. Without a lesson that waits to be written, what is on disk is all there is, however old it is. */
export function freshness(
  { unsaved, savedAtMs }: Pick<StoreHealth, 'unsaved' | 'savedAtMs'>,
  times: { readonly startedAtMs: number; readonly nowMs: number; readonly maxAgeMs: number },
): Finding {
  const { startedAtMs, nowMs, maxAgeMs } = times
  if (unsaved === 0) {
    return { status: 'ok', message: 'all that was learned is on disk', details: { savedAtMs } }
  }
  const behindMs = Math.max(0, nowMs - (savedAtMs ?? startedAtMs))
  const minutes = Math.floor(behindMs / 60_000)
  return {
    status: behindMs > maxAgeMs ? 'critical' : 'degraded',
    message: `what is on disk is ${minutes} min old, and ${unsaved} lessons wait to be written`,
    details: { savedAtMs, behindMs, maxAgeMs },
  }
}

/** A check of the ledger, which also hears what becomes of its lines. */
export interface LedgerCheck {
  readonly check: Check
  hear(fact: RouterFact): void
}

/** No line was lost since the last look, and the ledger's directory takes what is written. */
export function ledgerWritable({
  dataDir,
  ledgerDirectory,
  ledger: { enabled },
}: Pick<Config, 'dataDir' | 'ledgerDirectory' | 'ledger'>): LedgerCheck {
  const writable = directoryWritable({ path: ledgerDirectory })
  const creatable = directoryWritable({ path: dataDir })
  let hasWritten = false
  let trouble: Error | null = null
  return {
    hear(fact) {
      if (fact.kind === 'ledger.written') hasWritten = true
      if (fact.kind === 'ledger.write-failed') {
        trouble = new Error('a line could not be written', { cause: fact.error })
      }
      if (fact.kind === 'ledger.dropped') trouble = new Error('too many lines wait to be written')
    },
    async check(context) {
      if (!enabled) return { status: 'ok', message: 'off: nothing is written down' }
      if (trouble !== null) {
        const found = trouble
        trouble = null
        throw found
      }
      // The first line makes the directory.
      const isThere = hasWritten || existsSync(ledgerDirectory)
      return await (isThere ? writable : creatable)(context)
    },
  }
}

/** What is said of one route's breaker. */
interface RouteState {
  readonly route: string
  readonly isCallable: boolean
  readonly state: string
}

/** Routes answer. */
export const upstreams =
  ({ routes, breakers }: Pick<RouterParts, 'routes' | 'breakers'>): Check =>
  () =>
    upstreamsFinding(
      routes.map(({ id }) => ({
        route: id,
        isCallable: breakers.isCallable(id),
        state: breakers.of(id).state,
      })),
    )

/** Decides. */
export function upstreamsFinding(states: readonly RouteState[]): Finding {
  const down = states.filter(({ isCallable }) => !isCallable)
  const details = Object.fromEntries(states.map(({ route, state }) => [route, state]))
  if (down.length === 0) return { status: 'ok', message: 'every route may be called', details }
  const names = down.map(({ route, state }) => `${route} (${state})`).join(', ')
  if (down.length < states.length) {
    return { status: 'degraded', message: `not called: ${names}`, details }
  }
  return { status: 'critical', message: `no route may be called: ${names}`, details }
}
