import { readdirSync } from 'node:fs'

/** The files in a directory, without the directories of locks. */
export const filesIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => !name.endsWith('.lock'))
    .toSorted()
