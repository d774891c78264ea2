import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = /^0*([1-9]\d{0,15})\.rec$/

/** A folder cannot be used: it is missing, full, or read-only. No record is to blame, so none is tried any more. */
export class FolderError extends Error {
  override readonly name = 'FolderError'
  readonly code = 'ARCHIVER_FOLDER'
}

/** What a folder holds: the numbers of its records, ascending, each with its file name, such as `19500.rec` or `0042.rec`. */
export type Records = ReadonlyMap<number, string>

/**
 * The numbered records in a folder. Other files are none.
 * @throws {FolderError} when the folder cannot be read, or two files in it have one number.
 */
export async function listRecords(what: string, folder: string): Promise<Records> {
  const records = new Map<number, string>()
  for (const name of await readdir(folder).catch(unusable(what, folder))) {
    const run = Number(NAME.exec(name)?.[1])
    if (!Number.isSafeInteger(run)) continue
    const other = records.get(run)
    if (other !== undefined) {
      throw new FolderError(`the ${what} ${folder} has two records ${run}: ${other} and ${name}`)
    }
    records.set(run, name)
  }
  return new Map([...records].toSorted(([a], [b]) => a - b))
}

/** @throws {FolderError} when there is no such folder. */
export async function checkFolder(what: string, folder: string): Promise<void> {
  const found = await stat(folder).catch(unusable(what, folder))
  if (!found.isDirectory()) throw new FolderError(`the ${what} ${folder} is no folder`)
}

/** Whether a record is not in its folder any more. @throws {FolderError} when the whole folder is not there. */
export async function isGone(source: string, name: string): Promise<boolean> {
  const isGone = await stat(join(source, name)).then(
    () => false,
    (error) => codeOf(error) === 'ENOENT',
  )
  // After that, for a folder that goes away takes all its records with it.
  await checkFolder('source', source)
  return isGone
}

/**
 * Copies one record. It is in the destination whole and on disk, or not at all.
 * @throws {FolderError} when the destination takes no records. What else it throws concerns this record.
 */
export async function copyRecord(source: string, destination: string, name: string): Promise<void> {
  await using from = await open(join(source, name))
  const partial = join(destination, `.${name}.part`)
  const ofDestination = unusable('destination', destination)
  try {
    {
      await using to = await open(partial, 'w').catch(ofDestination)
      for await (const chunk of chunksOf(from)) await to.writeFile(chunk).catch(ofDestination)
      await to.sync().catch(ofDestination)
    }
    await rename(partial, join(destination, name)).catch(ofDestination)
  } catch (error) {
    // A second failure here would hide the first one, which says more.
    await rm(partial, { force: true }).catch(() => {})
    throw error
  }
  await using folder = await open(destination).catch(ofDestination)
  await folder.sync().catch(ofDestination)
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(65_536)
  for (;;) {
    const { bytesRead } = await file.read(buffer)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/** Something that is in the way of one record, such as a folder of its name. */
const OF_ONE_RECORD = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENAMETOOLONG'])

/** Turns an error of the system into one of the folder. */
const unusable =
  (what: string, folder: string) =>
  (cause: unknown): never => {
    const code = codeOf(cause)
    if (OF_ONE_RECORD.has(code)) throw cause
    const reason = code === 'ENOENT' ? 'is not there' : `cannot be used: ${String(cause)}`
    throw new FolderError(`the ${what} ${folder} ${reason}`, { cause })
  }

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code)
