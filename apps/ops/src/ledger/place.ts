import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { startCommand } from '../router/start.ts'

/**
 * Where the ledger of a data directory is.
 * @throws {OpsError} `OPS_NOT_FOUND`.
 */
export function ledgerIn(context: Pick<Context, 'cwd' | 'dataDir' | 'settings'>): string {
  const directory = join(context.dataDir, 'ledger')
  if (existsSync(directory)) return directory
  throw new OpsError('OPS_NOT_FOUND', `there is no ledger ${directory}`, {
    next: [startCommand(context), 'the same with --data-dir <dir>'],
  })
}
