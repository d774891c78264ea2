import type { EffectiveRollout } from '@holdfast/promotion'
import type { LogLines } from '@holdfast/telemetry'
import type { RouterFact } from './facts.ts'

/** Trouble that stays comes with every request: one line in so many says enough. */
const RARELY = 100
const OBEYED: Readonly<Record<EffectiveRollout['because'], string>> = {
  stage: 'the stage of the rollout',
  fixed: 'fixed by the configuration',
  kill: 'the kill switch is set',
  disabled: 'disabled by the configuration',
  rollback: 'rolled back',
  'no-state': 'no rollout was begun, or its state cannot be read',
}

/** Which facts an operator wants to read, and how. The rest happens at every request; /metrics counts it. */
export const ROUTER_LINES: LogLines<RouterFact> = {
  'router.listening': { level: 'info', message: ({ url }) => `listening on ${url}` },
  'router.stopping': { level: 'info', message: ({ reason }) => `stopping: ${reason}` },
  'router.waiting-for-lock': {
    level: 'warn',
    message: ({ ownerPid, waitMs }) =>
      `another router (process ${ownerPid ?? 'unknown'}) works here; waiting up to ${waitMs} ms for it to end`,
  },
  'router.lock-lost': {
    level: 'error',
    message:
      'the lock of the data directory is gone: another router may work here; stop one of them',
  },
  'router.ignored-setting': {
    level: 'warn',
    message: ({ name, why }) => `${name} has no effect: ${why}`,
  },
  'router.prior-loaded': {
    level: 'info',
    message: ({ rows, table }) => `warm start from ${rows} rows of ${table}`,
  },
  'router.state-loaded': {
    level: 'info',
    message: ({ updates }) => `learned state loaded: ${updates} updates`,
  },
  'router.state-fresh': {
    level: 'info',
    message: 'nothing learned yet: starting from nothing, or from the prior if one is configured',
  },
  'router.state-set-aside': {
    level: 'warn',
    message: 'the learned state is of other features: kept aside, learning starts anew',
  },
  'router.state-broken': {
    level: 'error',
    message: 'what was learned cannot be used: the guardrail answers until the next start',
  },
  'router.lessons-unsaved': {
    level: 'error',
    message: ({ unsaved }) =>
      `${unsaved} lessons were never saved and are lost; none of them was acknowledged`,
  },
  'router.worker-started': {
    level: 'info',
    message: ({ worker, workerPid }) => `worker ${worker} is process ${workerPid}`,
  },
  'router.worker-ended': {
    level: 'error',
    message: ({ worker, workerPid, how, restartInMs }) =>
      `worker ${worker} (process ${workerPid}) ended: ${how}; another takes its place ` +
      (restartInMs === 0 ? 'now' : `in ${restartInMs / 1000} s`),
  },
  'router.admin-file-failed': {
    level: 'warn',
    message: ({ path }) => `operators' programs will not find this router: ${path}`,
  },
  'router.orders-unreadable': {
    level: 'error',
    message: ({ path }) =>
      `what was ordered of breakers cannot be read, and nothing changes: ${path}`,
  },
  'router.decision-failed': {
    level: 'error',
    message: 'the policy failed: the guardrail answered',
  },
  'router.refused': {
    level: 'error',
    // What a client or an upstream did wrong is told to the client, and counted.
    message: ({ code }) => (code === 'internal_error' ? 'the router failed' : null),
  },
  'router.upstream-failed': {
    level: 'warn',
    message: ({ message }) => `an upstream failed: ${message}`,
    every: RARELY,
    per: ({ route, code }) => `${route} ${code}`,
  },
  'router.answered-from-cache': {
    level: 'warn',
    message: 'nobody answers: an earlier answer was given again',
    every: RARELY,
  },
  'router.anomaly-engaged': {
    level: 'warn',
    message: ({ score }) =>
      `the anomaly switch engaged at a score of ${score.toFixed(2)}: decisions are restricted`,
  },
  'router.anomaly-released': {
    level: 'info',
    message: 'the anomaly switch released: decisions are free again',
  },

  'promotion.obeyed': {
    level: 'info',
    message: ({ pilot, because }) =>
      `the learned policy answers ${Number((pilot * 100).toFixed(2))} % of subjects (${OBEYED[because]})`,
  },
  'promotion.unreadable': {
    level: 'error',
    message: ({ path }) => `the rollout cannot be read, so the guardrail answers: ${path}`,
  },
  'promotion.slot-record-failed': {
    level: 'error',
    message: ({ path }) => `what the slots say could not be recorded: ${path}`,
  },
  'promotion.not-acknowledged': {
    level: 'warn',
    message: 'the rollout is obeyed, but this process could not say so',
  },

  'breaker.opened': {
    level: 'warn',
    message: ({ breaker, because, openMs, attempt }) =>
      `${breaker} is not called for ${(openMs / 1000).toFixed(1)} s (${because}, opening ${attempt})`,
  },
  'breaker.closed': {
    level: 'info',
    message: ({ breaker }) => `${breaker} is called again`,
    ends: ['router.upstream-failed'],
  },
  'breaker.isolated': {
    level: 'warn',
    message: ({ breaker, reason }) => `${breaker} is not called: ${reason}`,
  },
  'breaker.released': {
    level: 'info',
    message: ({ breaker, reason }) => `${breaker}: no longer kept apart: ${reason}`,
  },
  'breaker.open-ms-failed': {
    level: 'error',
    message: ({ breaker }) => `${breaker}: how long to stay open could not be worked out`,
  },
  'breaker.judge-failed': {
    level: 'error',
    message: ({ breaker }) => `${breaker}: how a call went could not be judged`,
    every: RARELY,
  },

  'health.changed': {
    level: ({ to }) => (to === 'ok' ? 'info' : to === 'critical' ? 'error' : 'warn'),
    message: ({ name, from, to, message }) =>
      // The first answer of a check that is well is no news.
      from === 'unknown' && to === 'ok'
        ? null
        : `${name} is ${to}, was ${from}${message === null ? '' : `: ${message}`}`,
  },
  'health.check-timed-out': {
    level: 'warn',
    message: ({ name, timeoutMs }) => `${name} did not answer within ${timeoutMs} ms`,
    every: RARELY,
  },
  'health.authorise-failed': {
    level: 'error',
    message: 'who may see details could not be found out: nobody does',
    every: RARELY,
  },
  'lifecycle.phase-failed': {
    level: 'error',
    message: ({ phase }) => `stopping: ${phase} failed; the rest goes on`,
  },
  'lifecycle.phase-hung': {
    level: 'error',
    message: ({ phase, tookMs }) =>
      `stopping: ${phase} was not over after ${Math.round(tookMs)} ms; the rest goes on`,
  },
  'lifecycle.phase-skipped': {
    level: 'error',
    message: ({ phase, waitedFor }) =>
      `stopping: no time was left for ${phase}, which waited for ${waitedFor.join(', ')}`,
  },

  'ledger.write-failed': {
    level: 'error',
    message: ({ lines }) => `lines of the ledger could not be written, and are lost: ${lines}`,
    every: RARELY,
  },
  'ledger.dropped': {
    level: 'error',
    message: 'a line of the ledger is lost: too many wait to be written',
    every: RARELY,
  },
  'ledger.head-failed': {
    level: 'warn',
    message: ({ segment }) => `the head of the ledger's segment ${segment} could not be written`,
    every: RARELY,
  },

  'bandit-store.write-failed': {
    level: 'error',
    message: ({ unsaved }) =>
      `${unsaved} lessons could not be saved; learning goes on in memory until they can`,
    every: RARELY,
  },
  'bandit-store.recovered': {
    level: 'info',
    message: ({ lessons }) => `saved again: ${lessons} lessons had waited`,
    ends: ['bandit-store.write-failed'],
  },
  'bandit-store.decisions-not-shared': {
    level: 'error',
    message: 'decisions could not be written down: only this process can take their feedback',
    every: RARELY,
  },
  'bandit-store.read-failed': {
    level: 'error',
    message: 'what other processes learned could not be read; it is tried again',
    every: RARELY,
  },
  'bandit-store.compaction-failed': {
    level: 'error',
    message: 'no snapshot of what was learned could be made; lessons are safe, their files grow',
    every: RARELY,
  },
  'bandit-store.arm-unusable': {
    level: 'error',
    message: ({ arm }) =>
      `what was learned of ${arm} cannot be computed with; it is judged by what was known before`,
  },
  'bandit-store.conflict': {
    level: 'warn',
    message: 'two processes were told of one decision in two ways; one of them counts',
    every: RARELY,
  },
  'bandit-store.late': {
    level: 'warn',
    message: 'a lesson came too late to know whether it was counted; it does not count',
    every: RARELY,
  },
  'bandit-store.snapshot-broken': {
    level: 'error',
    message:
      'a snapshot of the learned state is broken; the one before and all lessons since take its place',
  },
  'bandit-store.segment-damaged': {
    level: 'error',
    message: ({ bytes }) => `${bytes} bytes of lessons cannot be read; the file is kept`,
  },
  'bandit-store.segment-cut': {
    level: 'info',
    message: 'the torn tail of a process that was killed was cut',
  },
}
