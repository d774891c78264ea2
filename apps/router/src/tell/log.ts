import type { Observe } from '@holdfast/seams'
import { logFacts as linesOf } from '@holdfast/telemetry'
import { pino } from 'pino'
import type { RouterFact } from './facts.ts'
import { ROUTER_LINES } from './lines.ts'

/** Writes the facts an operator wants to read, one JSON line each, to standard error. */
export function logFacts(level: 'info' | 'warn' | 'silent' = 'info'): Observe<RouterFact> {
  const destination = pino.destination({ dest: 2, sync: true })
  // The terminal may be closed while we save: nobody reads on, and that is no reason to stop saving.
  destination.on('error', () => {})
  return linesOf<RouterFact>(ROUTER_LINES, { name: 'router', level, destination })
}
