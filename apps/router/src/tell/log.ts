import type { Observe } from '@holdfast/seams'
import { pino } from 'pino'
import type { RouterFact } from './facts.ts'

/** Writes the facts an operator wants to read, one JSON line each, to standard error. */
export function logFacts(level: 'info' | 'warn' | 'silent' = 'info'): Observe<RouterFact> {
  const log = pino({ name: 'router', level }, pino.destination({ dest: 2, sync: true }))
  return (fact) => {
    switch (fact.kind) {
      case 'router.state-loaded':
        log[fact.missing > 0 ? 'warn' : 'info'](
          fact,
          `learned state loaded: ${fact.updates} updates; ${missingText(fact.missing)}`,
        )
        break
      case 'router.state-fresh':
        log[fact.missing > 0 ? 'warn' : 'info'](
          fact,
          `no learned state yet: starting from the prior; ${missingText(fact.missing)}`,
        )
        break
      case 'router.state-broken':
        log.error(
          fact,
          'the state file is broken and was kept aside: the guardrail answers until the next start',
        )
        break
      case 'router.state-write-failed':
        log.error(
          { kind: fact.kind, path: fact.path, err: fact.error },
          'the learned state could not be saved',
        )
        break
      case 'router.ledger-failed':
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
      case 'router.ignored-setting':
        log.warn(fact, `${fact.name} has no effect: ${fact.why}`)
        break
      case 'router.listening':
        log.info(fact, `listening on ${fact.url}`)
        break
      case 'router.stopping':
        log.info(fact, `stopping: ${fact.reason}`)
        break
      case 'router.refused':
        if (fact.status >= 500) log.warn(fact, 'a request was refused')
        break
      default:
        // The rest happens at every request; /metrics counts it.
        break
    }
  }
}

const missingText = (missing: number): string =>
  `${missing} acknowledged updates were not saved and are missing`
