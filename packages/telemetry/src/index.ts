/** Facts as Prometheus metrics and as log lines. */
export { countFacts } from './count-facts.ts'
export type { CountFactsOptions } from './count-facts.ts'
export { logFacts } from './log-facts.ts'
export type { LogFactsOptions, LogLine, LogLines } from './log-facts.ts'
export { byKind } from './by-kind.ts'
export type { Ears } from './by-kind.ts'
export { createRedact } from './redact.ts'
export type { Redact, RedactOptions } from './redact.ts'
