import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OpsError } from './errors.ts'

/**
 * Gives work a directory of its own where the system keeps temporary files, and removes it however the work ends.
 * @param work writes nowhere else, or a full disk would be told as this one.
 * @throws {OpsError} `OPS_NOT_WRITTEN` if that place is not there, closed or full.
 */
export async function inScratch<T>(
  name: string,
  work: (scratch: string) => Promise<T>,
): Promise<T> {
  let scratch: string
  try {
    scratch = await mkdtemp(join(tmpdir(), `holdfast-${name}-`))
  } catch (error) {
    throw unwritten(error)
  }
  try {
    return await work(scratch)
  } catch (error) {
    throw isDiskFull(error) ? unwritten(error) : error
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Whether an error is of a disk without room, or was caused by one. */
export function isDiskFull(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  return cause !== undefined && isDiskFull(cause)
}

function unwritten(cause: unknown): OpsError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new OpsError(
    'OPS_NOT_WRITTEN',
    `the directory for temporary files, ${tmpdir()}, cannot be written: ${why}`,
    { next: [`df -h ${tmpdir()}`, 'the same with TMPDIR set to a directory that has room'], cause },
  )
}
