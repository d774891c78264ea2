import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a store, its lock left out. */
export const filesIn = (directory: string): string[] =>
  ['', 'lessons', 'decisions'].flatMap((part) =>
    readdirSync(join(directory, part), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(part, name))
      .toSorted(),
  )
