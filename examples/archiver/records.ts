import { createReadStream } from 'node:fs'
import { open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = /^0*([1-9]\d{0,15})\.rec$/

/** The numbered records in a folder, ascending. Other files are none. */
export async function listRuns(folder: string): Promise<number[]> {
  const runs = (await readdir(folder)).flatMap((name) => {
    const run = Number(NAME.exec(name)?.[1])
    return Number.isSafeInteger(run) ? [run] : []
  })
  return runs.toSorted((a, b) => a - b)
}

export const nameOf = (run: number): string => `${run}.rec`

/** Copies one record. It is in the destination whole and on disk, or not at all. */
export async function copyRecord(source: string, destination: string, run: number): Promise<void> {
  const partial = join(destination, `.${nameOf(run)}.part`)
  {
    await using file = await open(partial, 'w')
    for await (const chunk of createReadStream(join(source, nameOf(run)))) {
      await file.writeFile(chunk as Buffer)
    }
    await file.sync()
  }
  await rename(partial, join(destination, nameOf(run)))
  await using folder = await open(destination, 'r')
  await folder.sync()
}
