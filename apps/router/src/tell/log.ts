import type { Observe } from '@holdfast/seams'
import { pino } from 'pino'
import type { RouterFact } from './facts.ts'

/** Writes the facts an operator wants to read, one JSON line each, to standard error. */
export function logFacts(level: 'info' | 'warn' | 'silent' = 'info'): Observe<RouterFact> {
  const destination = pino.destination({ dest: 2, sync: true })
  // The terminal may be closed while we save: nobody reads on, and that is no reason to stop saving.
  destination.on('error', () => {})
  const log = pino({ name: 'router', level }, destination)
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
        break
      case 'router.state-fresh':
        log.info(
          fact,
          'nothing learned yet: starting from nothing, or from the prior if one is configured',
        )
        break
      case 'router.state-set-aside':
        log.warn(fact, 'the learned state is of other features: kept aside, learning starts anew')
        break
      case 'router.state-broken':
        log.error(
          fact,
          'what was learned cannot be used: the guardrail answers until the next start',
        )
        break
      case 'bandit-store.write-failed':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, unsaved: fact.unsaved, err: fact.error },
          `${fact.unsaved} lessons could not be saved; learning goes on in memory until they can`,
        )
        break
      case 'bandit-store.recovered':
        times.delete('bandit-store.write-failed')
        log.info(fact, `saved again: ${fact.lessons} lessons had waited`)
        break
      case 'bandit-store.decisions-not-shared':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, err: fact.error },
          'decisions could not be written down: only this process can take their feedback',
        )
        break
      case 'bandit-store.read-failed':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, err: fact.error },
          'what other processes learned could not be read; it is tried again',
        )
        break
      case 'bandit-store.compaction-failed':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, err: fact.error },
          'no snapshot of what was learned could be made; lessons are safe, their files grow',
        )
        break
      case 'bandit-store.arm-unusable':
        log.error(
          { kind: fact.kind, arm: fact.arm, err: fact.error },
          `what was learned of ${fact.arm} cannot be computed with; it is judged by what was known before`,
        )
        break
      case 'bandit-store.conflict':
        if (!isWorthALine(fact)) break
        log.warn(fact, 'two processes were told of one decision in two ways; one of them counts')
        break
      case 'bandit-store.late':
        if (!isWorthALine(fact)) break
        log.warn(fact, 'a lesson came too late to know whether it was counted; it does not count')
        break
      case 'bandit-store.snapshot-broken':
        log.error(
          { kind: fact.kind, path: fact.path, err: fact.error },
          'a snapshot of the learned state is broken; the one before and all lessons since take its place',
        )
        break
      case 'bandit-store.segment-damaged':
        log.error(fact, `${fact.bytes} bytes of lessons cannot be read; the file is kept`)
        break
      case 'bandit-store.segment-cut':
        log.info(fact, 'the torn tail of a process that was killed was cut')
        break
      case 'router.lessons-unsaved':
        log.error(
          { kind: fact.kind, unsaved: fact.unsaved, err: fact.error },
          `${fact.unsaved} lessons were never saved and are lost; none of them was acknowledged`,
        )
        break
      case 'router.worker-started':
        log.info(fact, `worker ${fact.worker} is process ${fact.workerPid}`)
        break
      case 'router.worker-ended':
        log.error(
          fact,
          `worker ${fact.worker} (process ${fact.workerPid}) ended: ${fact.how}; another takes its place ` +
            (fact.restartInMs === 0 ? 'now' : `in ${fact.restartInMs / 1000} s`),
        )
        break
      case 'router.ledger-failed':
        if (!isWorthALine(fact)) break
        log.error(
          { kind: fact.kind, path: fact.path, err: fact.error },
          'a ledger line could not be written',
        )
        break
      case 'router.ledger-torn':
        log.warn(fact, 'the last ledger line was torn by a crash')
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
          'the lock of the data directory is gone: another router may work here; stop one of them',
        )
        break
      case 'router.listening':
        log.info(fact, `listening on ${fact.url}`)
        break
      case 'router.stopping':
        log.info(fact, `stopping: ${fact.reason}`)
        break
      case 'router.refused':
        // What a client or an upstream did wrong is told to the client, and counted.
        if (fact.code === 'internal_error')
          log.error({ kind: fact.kind, err: fact.error }, 'the router failed')
        break
      default:
        // The rest happens at every request; /metrics counts it.
        break
    }
  }
}
