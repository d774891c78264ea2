import { counterRows, type CounterRow } from '@holdfast/seams'
import type { HealthFact, LifecycleFact } from './facts.ts'

/** How the facts of this package feed counters. */
export const healthCounters: readonly CounterRow[] = counterRows<HealthFact | LifecycleFact>(
  {
    name: 'holdfast_health_changes_total',
    help: 'Changes of the status of a check, by what it became.',
    kind: 'health.changed',
    labels: ['name', 'to'],
  },
  {
    name: 'holdfast_health_group_changes_total',
    help: 'Changes of the status of a group, by what it became.',
    kind: 'health.group-changed',
    labels: ['group', 'to'],
  },
  {
    name: 'holdfast_health_timeouts_total',
    help: 'Checks that did not answer in time.',
    kind: 'health.check-timed-out',
    labels: ['name'],
  },
  {
    name: 'holdfast_health_failed_phases_total',
    help: 'Phases of a stop that failed.',
    kind: 'lifecycle.phase-failed',
    labels: ['phase'],
  },
  {
    name: 'holdfast_health_hung_phases_total',
    help: 'Phases of a stop that were not over in time.',
    kind: 'lifecycle.phase-hung',
    labels: ['phase'],
  },
)
