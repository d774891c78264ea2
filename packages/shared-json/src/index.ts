/** Several processes change one JSON file, and no change is lost. */
export { unchanged, updateSharedJson } from './update.ts'
export type {
  Change,
  ChangeContext,
  JsonForm,
  SharedJsonUnchanged,
  SharedJsonUpdate,
  SharedJsonUpdated,
} from './update.ts'
export { readSharedJson } from './read.ts'
export type { ReadSharedJsonOptions, UpdateSharedJsonOptions } from './options.ts'
export { SharedJsonRefusedError, SharedJsonUnconfirmedError } from './errors.ts'
export type { SharedJsonRefusedCode } from './errors.ts'
export type { SharedJsonFact, SharedJsonOwnFact } from './facts.ts'
export { sharedJsonCounters } from './counters.ts'
