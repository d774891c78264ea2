import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, type afterAll } from 'vitest'

/** A directory for each test that asks, removed after it; where tests run side by side, `afterAll` of them. */
export function scratch(after: typeof afterEach | typeof afterAll = afterEach): () => string {
  const made: string[] = []
  after(() => {
    for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
  })
  return () => {
    const directory = mkdtempSync(join(realpathSync(tmpdir()), 'holdfast-test-'))
    made.push(directory)
    return directory
  }
}

/** What lies in a directory, in the order of the names. */
export const namesIn = (directory: string): string[] => readdirSync(directory).toSorted()
