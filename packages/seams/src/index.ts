/** Clock, chance and facts: what every package is given instead of reaching for the machine. */
export { systemClock } from './clock.ts'
export type { Clock, Timer, TimerOptions } from './clock.ts'
export { seededRandom, systemRandom } from './random.ts'
export type { Random } from './random.ts'
export { fanOut, ignore } from './fact.ts'
export type { Fact, Observe } from './fact.ts'
export { counterRows } from './counter.ts'
export type { CounterRow } from './counter.ts'
