import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readReceipt, type Receipt } from '@holdfast/promotion'
import { OpsError } from '../errors.ts'

/** A receipt in its directory. */
export interface ReceiptFile {
  readonly seq: number
  readonly file: string
  readonly path: string
}

/** The receipts of a directory by number; none where there is no such directory. */
export async function receiptFiles(directory: string): Promise<ReceiptFile[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names
    .flatMap((file) => {
      const digits = /^anr_\d{8}_\d{6}_(\d{6,})\.json$/.exec(file)?.[1]
      return digits === undefined
        ? []
        : [{ seq: Number(digits), file, path: join(directory, file) }]
    })
    .toSorted((a, b) => a.seq - b.seq || (a.file < b.file ? -1 : 1))
}

/**
 * The receipt of a number, of a file's name, or the `last`.
 * @throws {OpsError} `OPS_NOT_FOUND`
 */
export async function findReceipt(directory: string, which: string): Promise<ReceiptFile> {
  const files = await receiptFiles(directory)
  const name = basename(which)
  const found =
    which === 'last'
      ? files.at(-1)
      : files.find(
          ({ seq, file }) => String(seq) === which || file === name || file === `${name}.json`,
        )
  if (found !== undefined) return found
  const last = files.at(-1)
  const there = last === undefined ? 'there is none' : `the last is ${last.seq}`
  throw new OpsError('OPS_NOT_FOUND', `there is no receipt "${which}" in ${directory}; ${there}`, {
    next: ['holdfast receipts list'],
  })
}

/** A receipt that can be read, or why it cannot. */
export type ReadOne =
  | (ReceiptFile & { readonly receipt: Receipt })
  | (ReceiptFile & { readonly receipt: null; readonly trouble: string })

/** Reads receipts; one that is none of its kind hides no other. */
export async function readAll(files: readonly ReceiptFile[]): Promise<ReadOne[]> {
  return await Promise.all(
    files.map(async (file) => {
      try {
        return { ...file, receipt: await readReceipt(file.path) }
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error)
        return { ...file, receipt: null, trouble }
      }
    }),
  )
}
