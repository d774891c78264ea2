/** The seams for tests: time that moves when told, chance that repeats, facts kept for looking at. */
export { VirtualClock } from './virtual-clock.ts'
export { recordedFacts } from './recorded-facts.ts'
export type { RecordedFacts } from './recorded-facts.ts'
export { seededRandom } from './random.ts'
