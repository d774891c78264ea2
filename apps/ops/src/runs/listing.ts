import { createWriteStream } from 'node:fs'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseRunRecordsFromFile } from '@holdfast/run-state'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'

/**
 * The runs that a file names, or standard input for `-`. A listing with a line that is no run is refused: a run that is overlooked
 * would be done twice, or never.
 * @param what names the listing in errors.
 * @param scratch a directory for what comes on standard input.
 * @throws {OpsError} `OPS_NOT_FOUND`, or `OPS_USAGE` naming the first bad lines.
 */
export async function readListing(
  what: string,
  named: string,
  scratch: string,
  { cwd, input, signal }: Pick<Context, 'cwd' | 'input' | 'signal'>,
): Promise<readonly number[]> {
  const path = named === '-' ? join(scratch, what) : resolve(cwd, named)
  if (named === '-') await pipeline(Readable.from(input()), createWriteStream(path), { signal })
  const read = await parseRunRecordsFromFile(path)
  if (read.kind === 'missing') {
    throw new OpsError('OPS_NOT_FOUND', `there is no listing of the ${what} at ${path}`)
  }
  const bad = read.problems.filter(({ kind }) => kind !== 'byte-order-mark')
  if (bad.length > 0) {
    const shown = bad.slice(0, 3).map(({ line, text }) => `line ${line} "${text}"`)
    const more = bad.length > shown.length ? `, and ${bad.length - shown.length} more` : ''
    const name = named === '-' ? 'standard input' : path
    throw new OpsError(
      'OPS_USAGE',
      `the listing of the ${what}, ${name}, has lines that are no run numbers: ${shown.join(', ')}${more}`,
    )
  }
  return read.runs
}
