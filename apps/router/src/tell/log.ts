import type { Observe } from '@holdfast/seams'
import { pino } from 'pino'
import type { RouterFact } from './facts.ts'

/** Writes the facts an operator wants to read, one JSON line each, to standard error. */
export function logFacts(level: 'info' | 'warn' | 'silent' = 'info'): Observe<RouterFact> {
  const destination = pino.destination({ dest: 2, sync: true })
  // The terminal may be closed while we save: nobody reads on, and that is no reason to stop saving.
  destination.on('error', () => {})
  const log = pino({ name: 'router', level }, destination)
  const tellMissing = (missing: number): void => {
    if (missing === 0) return
    log.warn({ missing }, `${missing} acknowledged updates were not saved and are missing`)
  }
  // On a full disk the same error comes with every decision: one line in a hundred says enough.
  const times = new Map<string, number>()
  const isWorthALine = ({ kind }: RouterFact): boolean => {
    const count = (times.get(kind) ?? 0) + 1
    times.set(kind, count)
    return count % 100 === 1
  }
  return (fact) => {
    switch (fact.kind) {
      case 'router.state-loaded':
        log.info(fact, `learned state loaded: ${fact.updates} updates`)
        tellMissing(fact.missing)
        break
      case 'router.state-fresh':
        log.info(fact, 'no learned state yet: starting from the prior')
        tellMissing(fact.missing)
        break
      case 'router.state-set-aside':
        log.warn(fact, 'the learned state is of other features: kept aside, learning starts anew')
        break
      case 'router.state-broken':
        log.error(
          fact,
          'the state file is broken and was kept aside: the guardrail answers until the next start',
        )
        break
      case 'router.state-write-failed':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, path: fact.path, err: fact.error },
          'the learned state could not be saved',
        )
        break
      case 'router.ledger-failed':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, path: fact.path, err: fact.error },
          'a ledger line could not be written',
        )
        break
      case 'router.ledger-cut':
        log.warn(fact, 'the last ledger line was torn and was cut off')
        break
      case 'router.decision-failed':
        log.error(
          { kind: fact.kind, id: fact.id, err: fact.error },
          'the policy failed: the guardrail answered',
        )
        break
      case 'router.upstream-failed':
        log.warn(fact, 'an upstream failed')
        break
      case 'router.prior-loaded':
        log.info(fact, `warm start from ${fact.rows} rows of ${fact.table}`)
        break
      case 'router.ignored-setting':
        log.warn(fact, `${fact.name} has no effect: ${fact.why}`)
        break
      case 'router.waiting-for-lock':
        log.warn(
          fact,
          `another router (process ${fact.ownerPid ?? 'unknown'}) works here; waiting up to ${fact.waitMs} ms for it to end`,
        )
        break
      case 'router.lock-lost':
        log.error(
          { kind: fact.kind, path: fact.path, err: fact.error },
          'the lock of the data directory is gone: nothing more is saved; stop this router',
        )
        break
      case 'router.listening':
        log.info(fact, `listening on ${fact.url}`)
        break
      case 'router.stopping':
        log.info(fact, `stopping: ${fact.reason}`)
        break
      case 'router.refused':
        if (fact.error !== undefined)
          log.error({ kind: fact.kind, err: fact.error }, 'the router failed')
        break
      default:
        // The rest happens at every request; /metrics counts it.
        break
    }
  }
}
