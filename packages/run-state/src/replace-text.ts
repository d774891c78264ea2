import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf, RunFileError } from './errors.ts'

/**
 * Puts a text in the place of a file, whole or not at all, and brings it to disk. Its caller holds a lock of the file: then one name
 * will do for the file that it is written to first, and what a killed process has left there is written over.
 * @throws {RunFileError} `RUN_FILE_NOT_WRITTEN`. The old file is as it was.
 */
export async function replaceText(path: string, text: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const file = realOf(path)
    const temporary = join(dirname(file), `.${basename(file)}.tmp`)
    try {
      await writeThrough(temporary, text, statSync(file, { throwIfNoEntry: false })?.mode)
      await rename(temporary, file)
    } catch (error) {
      // A second failure here would hide the first one, which says more.
      await unlink(temporary).catch(() => {})
      throw error
    }
    await syncDirectory(dirname(file))
  } catch (error) {
    throw new RunFileError('RUN_FILE_NOT_WRITTEN', path, error)
  }
}

/** Where a symbolic link leads; a rename would replace the link. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return path
    throw error
  }
}

/** @param mode of the file that is replaced; undefined when there is none. */
async function writeThrough(path: string, text: string, mode: number | undefined): Promise<void> {
  await using handle = await open(path, 'w')
  if (mode !== undefined) await handle.chmod(mode & 0o7777)
  await handle.writeFile(text)
  await handle.sync()
}

/** A rename lasts only once its directory is on disk. Windows has no such call. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(path, 'r')
  await handle.sync()
}
