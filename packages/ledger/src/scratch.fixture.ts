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
    const directory = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-ledger-test-'))
    made.push(directory)
    return directory
  }
}

/** The files of a ledger, heads and lock left out, as paths from its directory. */
export const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .filter((path) => !path.startsWith('heads') && !path.startsWith('archiving'))
    .toSorted()
