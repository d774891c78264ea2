import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a ledger, heads and lock left out, as paths from its directory. */
export const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .filter((path) => !path.startsWith('heads') && !path.startsWith('archiving'))
    .toSorted()
