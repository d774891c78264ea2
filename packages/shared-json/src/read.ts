import type { JsonMissing, JsonOk } from '@holdfast/atomic-json'
import { find } from './find.ts'
import { checkReadOptions, type ReadSharedJsonOptions } from './options.ts'

/**
 * Reads what an update would be given, without waiting for anyone: the last value put in place, whole. It may be changed
 * while you look at it; to change it yourself, use `updateSharedJson`. Unlike `readJson`, it also finds a file that is to have
 * fences and has none yet, and tells one that is kept in both ways.
 * @throws {JsonCorruptError} under `onCorrupt: 'throw'`. The file is unchanged.
 * @throws {JsonNotReadError} when the system would not give the bytes.
 * @throws {SharedJsonRefusedError} when some write it with fences and some without.
 * @throws {TypeError | RangeError} naming a bad option.
 */
export async function readSharedJson<T = unknown>(
  path: string,
  options: ReadSharedJsonOptions<T> = {},
): Promise<JsonOk<T> | JsonMissing> {
  checkReadOptions(options)
  const { read } = await find(path, options)
  return read
}
