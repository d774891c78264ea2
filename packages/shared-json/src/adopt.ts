import { realpathSync, renameSync } from 'node:fs'
import { join, parse } from 'node:path'
import { JsonNotWrittenError } from '@holdfast/atomic-json'
import { codeOf, messageOf } from './errors.ts'

/**
 * Gives a file without fence the name that it has under fence 0, lower than any lock's: `state.0.json`. From then on the
 * readers of fences find it, whatever becomes of the caller; at no moment is it under both names or under none.
 * @returns its new name, absolute; null if someone else was quicker.
 * @throws {JsonNotWrittenError} if the system refuses. The file is where it was.
 */
export function adopt(path: string): string | null {
  try {
    const file = realpathSync.native(path) // A link stays, and goes on saying where the fences are.
    const { dir, name, ext } = parse(file)
    const adopted = join(dir, `${name}.0${ext}`)
    renameSync(file, adopted)
    return adopted
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    const reason = `it could not be brought under fences: ${messageOf(error)}`
    throw new JsonNotWrittenError('JSON_NOT_WRITTEN', path, reason, error)
  }
}
