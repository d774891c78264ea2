import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRandom, type Random } from '@holdfast/seams'
import type { Check } from '../check.ts'
import { onlyOptions, someText } from '../option-rules.ts'

export interface DirectoryWritableOptions {
  readonly path: string
  readonly random?: Random
}

/**
 * A check that writes a small file into a directory, reads it back and removes it. A process that is killed meanwhile
 * leaves at most one file, `.holdfast-health-…`.
 * @throws {TypeError} naming the option, what it may be and what it was.
 */
export function directoryWritable(options: DirectoryWritableOptions): Check {
  onlyOptions('directoryWritable', options, ['path', 'random'])
  const { path, random = systemRandom } = options
  someText('path', path)
  // One name for all looks of a process: they never overlap.
  const file = join(path, `.holdfast-health-${random.hex(12)}`)
  return async ({ signal }) => {
    const written = random.hex(32)
    try {
      await writeFile(file, written, { signal, flush: true })
      const read = await readFile(file, { encoding: 'utf8', signal })
      if (read === written) return { status: 'ok', message: `${path}: can be written` }
      return { status: 'critical', message: `${path}: what was written does not come back` }
    } finally {
      await rm(file, { force: true })
    }
  }
}
