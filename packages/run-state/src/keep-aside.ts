import { constants, copyFileSync, linkSync, realpathSync } from 'node:fs'
import { ignore, systemClock } from '@holdfast/seams'
import { codeOf, RunFileError } from './errors.ts'
import type { RunFileOptions } from './options.ts'

/** Names tried within one millisecond before giving up. */
const MOST_NAMES = 1000

/**
 * Gives a bad file a second name, `<path>.corrupt-<time>`, right before it is replaced. It keeps its own until then: were it moved
 * away, a process that dies at that moment would leave no file, and the next one would begin from nothing.
 * @returns the second name.
 * @throws {RunFileError} `RUN_FILE_NOT_WRITTEN`, when there could be none. Then nothing may be replaced.
 */
export function keepAside(path: string, reason: string, options: RunFileOptions): string {
  const { clock = systemClock, observe = ignore } = options
  const time = new Date(clock.wallMs()).toISOString().replaceAll(/[-:.]/g, '')
  // A second name of a symbolic link would soon lead to the new file.
  const file = realpathSync(path)
  for (let attempt = 0; attempt < MOST_NAMES; attempt += 1) {
    const keptAt = `${file}.corrupt-${time}${attempt === 0 ? '' : `-${attempt}`}`
    try {
      linkOrCopy(file, keptAt)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue
      throw new RunFileError('RUN_FILE_NOT_WRITTEN', keptAt, error)
    }
    observe({ kind: 'run-state.kept-aside', path, keptAt, reason })
    return keptAt
  }
  throw new RunFileError('RUN_FILE_NOT_WRITTEN', path, new Error('all names for it are taken'))
}

function linkOrCopy(file: string, keptAt: string): void {
  try {
    linkSync(file, keptAt)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error
    // Some file systems have no hard links.
    copyFileSync(file, keptAt, constants.COPYFILE_EXCL)
  }
}
