import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'

/**
 * Where the ledger of a data directory is.
 * @throws {OpsError} `OPS_NOT_FOUND`.
 */
export function ledgerIn({ dataDir }: Pick<Context, 'dataDir'>): string {
  const directory = join(dataDir, 'ledger')
  if (existsSync(directory)) return directory
  throw new OpsError('OPS_NOT_FOUND', `there is no ledger ${directory}`, {
    next: ['npm start', 'the same with --data-dir <dir>'],
  })
}
