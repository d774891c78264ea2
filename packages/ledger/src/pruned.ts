import { readJson, replaceJson } from '@holdfast/atomic-json'
import { prunedPath } from './names.ts'

/** What was removed for its age. It is written down first, so that nobody takes it for something that is missing. */
export interface Pruned {
  readonly version: 1
  /** Months before this one may be gone, `YYYY-MM`. */
  readonly before: string
  /** The highest count that went, of each writer of whom others are left. */
  readonly writers: Readonly<Record<string, number>>
}

const NOTHING: Pruned = { version: 1, before: '', writers: {} }

/** Nothing where there is no such record, or none that can be read: then what is gone counts as missing. @throws {JsonNotReadError} */
export async function readPruned(directory: string): Promise<Pruned> {
  const read = await readJson(prunedPath(directory), { onCorrupt: 'answer' })
  return read.kind === 'ok' && isPruned(read.value) ? read.value : NOTHING
}

/** @throws {JsonNotWrittenError | JsonNotDurableError} */
export async function writePruned(directory: string, pruned: Pruned): Promise<void> {
  await replaceJson(prunedPath(directory), pruned, { durability: 'full', createDirectory: true })
}

function isPruned(value: unknown): value is Pruned {
  if (typeof value !== 'object' || value === null) return false
  const { version, before, writers } = value as Partial<Pruned>
  return (
    version === 1 &&
    typeof before === 'string' &&
    typeof writers === 'object' &&
    writers !== null &&
    Object.values(writers).every((count) => typeof count === 'number')
  )
}
