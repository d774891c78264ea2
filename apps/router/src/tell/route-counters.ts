import { counterRows, type CounterRow } from '@holdfast/seams'
import type { RouterOwnFact } from './facts.ts'

/** What happens when a route does not answer, as counters. */
export const routeCounters: readonly CounterRow[] = counterRows<RouterOwnFact>(
  {
    name: 'holdfast_router_retries_total',
    help: 'Calls to a route that had just failed.',
    kind: 'router.retried',
    labels: ['route'],
  },
  {
    name: 'holdfast_router_fallbacks_total',
    help: 'Attempts by a route that stood in for another.',
    kind: 'router.fallback',
    labels: ['from', 'route'],
  },
  {
    name: 'holdfast_router_cache_answers_total',
    help: 'Earlier answers that were given again because nobody answered.',
    kind: 'router.answered-from-cache',
    labels: ['route'],
  },
  {
    name: 'holdfast_router_probes_total',
    help: 'Questions to a route that rests, whether it is well.',
    kind: 'router.probed',
    labels: ['route', 'isWell'],
  },
)
