import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { printJson, replaceJson, type ReplaceJsonOptions } from '@holdfast/atomic-json'
import type { Clock, Random } from '@holdfast/seams'
import { systemCode } from '../errors.ts'
import type { RolloutSight } from './effective.ts'
import type { RollbackFile } from './files.ts'

/** Writes a rollback, under a new id, over whatever stands there. On a full disk the file is made empty, which rolls back as well. */
export async function writeRollback(
  path: string,
  { reason, by }: Pick<RollbackFile, 'reason' | 'by'>,
  options: ReplaceJsonOptions<RollbackFile> & { readonly clock: Clock; readonly random: Random },
): Promise<RollbackFile> {
  const { clock, random } = options
  const file: RollbackFile = { version: 1, id: random.hex(16), atMs: clock.wallMs(), reason, by }
  try {
    await replaceJson(path, file, { ...options, createDirectory: true, pretty: true })
  } catch (error) {
    if (systemCode(error) === 'JSON_NOT_DURABLE') return file
    // To empty a file, or to make an empty one, takes no room; and one that cannot be read rolls back.
    await writeFile(path, '').catch(() => {
      throw error
    })
  }
  return file
}

/**
 * Puts a rollback back that was removed and that nobody has answered. Never writes over a file.
 * @throws what the system says, for one of its own codes `EEXIST` when there is a file by now.
 */
export function putBack(
  path: string,
  rollback: Exclude<RolloutSight['rollback'], null>,
  { by, atMs }: Pick<RollbackFile, 'by' | 'atMs'>,
): void {
  const file = rollback === 'unreadable' ? '' : printJson({ version: 1, ...rollback, atMs, by })
  writeFileSync(path, file, { flag: 'wx' })
}
