import { constants } from 'node:os'
import {
  JsonNotReadError,
  JsonNotWrittenError,
  messageOf,
  systemCode,
  type JsonNotReadCode,
  type JsonNotWrittenCode,
} from './errors.ts'

/** What the system's errors mean for someone who wanted to write. */
const WRITE_CODES: Readonly<Record<string, JsonNotWrittenCode>> = {
  ENOENT: 'JSON_DIRECTORY_MISSING',
  ENOTDIR: 'JSON_DIRECTORY_MISSING',
  EISDIR: 'JSON_IS_DIRECTORY',
  EACCES: 'JSON_PERMISSION',
  EPERM: 'JSON_PERMISSION',
  EROFS: 'JSON_READ_ONLY',
  ENOSPC: 'JSON_DISK_FULL',
  EDQUOT: 'JSON_DISK_FULL',
}

const READ_CODES: Readonly<Record<string, JsonNotReadCode>> = {
  EISDIR: 'JSON_IS_DIRECTORY',
  EACCES: 'JSON_PERMISSION',
  EPERM: 'JSON_PERMISSION',
}

/** Names a failure of the system while writing; what is not the system's passes through. */
export function notWritten(path: string, error: unknown): unknown {
  if (error instanceof JsonNotReadError) {
    const code = error.code === 'JSON_NOT_READ' ? 'JSON_NOT_WRITTEN' : error.code
    return new JsonNotWrittenError(code, path, 'the current file cannot be read', error)
  }
  if (!isSystemError(error)) return error
  const code = WRITE_CODES[isOverQuota(error) ? 'EDQUOT' : systemCode(error)] ?? 'JSON_NOT_WRITTEN'
  return new JsonNotWrittenError(code, path, messageOf(error), error)
}

/** Names a failure of the system while reading; what is not the system's passes through. */
export function notRead(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error
  const code = READ_CODES[systemCode(error)] ?? 'JSON_NOT_READ'
  return new JsonNotReadError(code, path, messageOf(error), error)
}

/** No such file, or no such directory on the way to it. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error))
}

/** The system's codes are EIO, ENOENT and so on; Node's own, for bugs, begin with ERR_. */
function isSystemError(error: unknown): boolean {
  return /^(?:E(?!RR_)|UNKNOWN$)/.test(systemCode(error))
}

/** libuv has no name for EDQUOT and calls it UNKNOWN; the number is the system's. */
function isOverQuota(error: unknown): boolean {
  return (error as { readonly errno?: unknown }).errno === -constants.errno.EDQUOT
}
