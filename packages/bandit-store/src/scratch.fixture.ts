import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

/** A directory for each test that asks, removed after it. */
export function scratch(): () => string {
  const made: string[] = []
  afterEach(() => {
    for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
  })
  return () => {
    const directory = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-bandit-store-'))
    made.push(directory)
    return directory
  }
}

/** The files of a store, its lock left out. */
export const filesIn = (directory: string): string[] =>
  ['', 'lessons', 'decisions'].flatMap((part) =>
    readdirSync(join(directory, part), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(part, name))
      .toSorted(),
  )
