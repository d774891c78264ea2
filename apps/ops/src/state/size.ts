import { statSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { DECISIONS, LESSONS, namesIn } from './store-files.ts'

/** What the files of a state take, and when the last was written. */
export async function sizeOf(
  path: string,
): Promise<{ readonly bytes: number; readonly savedAtMs: number | null }> {
  let [bytes, savedAtMs]: [number, number | null] = [0, null]
  for (const folder of ['.', LESSONS, DECISIONS]) {
    if (seenAt(join(path, folder))?.isDirectory() !== true) continue
    for (const name of await namesIn(join(path, folder))) {
      const file = seenAt(join(path, folder, name))
      if (file?.isFile() !== true) continue
      bytes += file.size
      savedAtMs = Math.max(savedAtMs ?? 0, Math.floor(file.mtimeMs))
    }
  }
  return { bytes, savedAtMs }
}

/** Undefined if it is not there, or gone by now. */
const seenAt = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false })
