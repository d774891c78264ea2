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
    const directory = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-run-state-'))
    made.push(directory)
    return directory
  }
}

/** The files in a directory, without the directories of locks. */
export const filesIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => !name.endsWith('.lock'))
    .toSorted()
