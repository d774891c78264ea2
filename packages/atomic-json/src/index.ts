/** JSON files that are never half written, and a read that always says what it found. */
export { readJson, readJsonSync } from './read.ts'
export type { DecidedReadOptions } from './read.ts'
export { replaceJson, replaceJsonSync } from './replace.ts'
export type { JsonWritten } from './replacement.ts'
export type { OnCorrupt, ReadJsonOptions, ReplaceJsonOptions } from './options.ts'
export type { Compression } from './encoding.ts'
export type { Durability } from './replace-file.ts'
export type { JsonBroken, JsonMissing, JsonOk, JsonRead, JsonSource } from './read-result.ts'
export { printJson } from './print-json.ts'
export type { PrintOptions } from './print-json.ts'
export {
  JsonCorruptError,
  JsonNotDurableError,
  JsonNotReadError,
  JsonNotWrittenError,
  JsonSchemaError,
  JsonValueError,
} from './errors.ts'
export type { JsonNotReadCode, JsonNotWrittenCode } from './errors.ts'
export type { JsonFact } from './facts.ts'
export { atomicJsonCounters } from './counters.ts'
