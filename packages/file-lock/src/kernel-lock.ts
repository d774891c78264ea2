import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { KERNEL_FILE as FILE } from './entry-name.ts'
import { LockFailedError, messageOf, type LockFailedCode } from './errors.ts'

/** A lock of the kernel that is held. */
export interface KernelLock {
  /** Whether the file it is on is still the file that others would lock. */
  isOurs(): boolean
  /** Gives it back. Idempotent; never throws. */
  release(): void
}

interface Connection {
  readonly database: DatabaseSync
  readonly begin: StatementSync
  readonly rollback: StatementSync
  readonly file: string
  readonly inode: bigint
  isHeld: boolean
}

/** Module state, because opening costs five times as much as locking. Those not in use are closed, oldest first. */
const connections = new Map<string, Connection>()
const MOST_CONNECTIONS = 16

/**
 * Tries to take the kernel's lock in `directory`; null if another process, thread or connection has it.
 * @throws {LockFailedError} if SQLite cannot work with the file, or this Node.js has no SQLite.
 */
export function kernelLock(directory: string): KernelLock | null {
  const known = connections.get(directory)
  if (known?.isHeld === true) return null
  try {
    const connection = known?.database.isOpen === true ? known : connect(directory)
    connection.begin.run()
    if (inodeOf(connection.file) === connection.inode) return held(connection)
    // Its file was removed since: a lock on it excludes nobody. A new one is made at the next try.
    closeKernelLock(directory)
    return null
  } catch (error) {
    if (isBusy(error)) return null
    throw sqliteFailure(directory, error)
  }
}

function held(connection: Connection): KernelLock {
  connection.isHeld = true
  let isOver = false
  return {
    isOurs: () => !isOver && inodeOf(connection.file) === connection.inode,
    release() {
      // The connection may be a successor's by now: one whose lock was lost gives it back twice.
      if (isOver) return
      isOver = true
      connection.isHeld = false
      try {
        connection.rollback.run()
      } catch {
        connection.database.close() // That drops the lock whatever the trouble was, and whoever comes next connects anew.
      }
    },
  }
}

/** Forgets the file of `directory`, as when it was removed. */
function closeKernelLock(directory: string): void {
  const connection = connections.get(directory)
  connections.delete(directory)
  if (connection?.database.isOpen === true) connection.database.close()
}

function connect(directory: string): Connection {
  for (const [other, { isHeld }] of connections) {
    if (connections.size < MOST_CONNECTIONS) break
    if (!isHeld) closeKernelLock(other)
  }
  // Not imported above: Node 22 prints a warning when it is loaded, which only those who chose this engine should see.
  const sqlite = process.getBuiltinModule('node:sqlite')
  if (sqlite === undefined) {
    const reason = 'this Node.js was built without node:sqlite; choose another engine'
    throw new LockFailedError('LOCK_ENGINE', directory, reason)
  }
  const file = join(directory, FILE)
  const database = new sqlite.DatabaseSync(file, { timeout: 0 })
  try {
    // On an empty file every BEGIN would make and remove a journal, at ten times the cost.
    if (statSync(file).size === 0) database.exec('PRAGMA user_version = 1')
    database.exec('PRAGMA journal_mode = MEMORY')
    const connection = {
      database,
      begin: database.prepare('BEGIN IMMEDIATE'),
      rollback: database.prepare('ROLLBACK'),
      file,
      inode: inodeOf(file) ?? 0n,
      isHeld: false,
    }
    connections.set(directory, connection)
    return connection
  } catch (error) {
    database.close()
    throw error
  }
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { throwIfNoEntry: false, bigint: true })?.ino
}

/** Result codes of SQLite, sqlite.org/rescode.html; the low byte is the primary one. */
const primaryCode = (error: unknown): number =>
  ((error as { readonly errcode?: number } | null)?.errcode ?? 0) & 0xff

const isBusy = (error: unknown): boolean => primaryCode(error) === 5

const FAILURES: Readonly<Record<number, LockFailedCode>> = {
  8: 'LOCK_READ_ONLY',
  10: 'LOCK_IO',
  13: 'LOCK_DISK_FULL',
  14: 'LOCK_PERMISSION',
}

function sqliteFailure(directory: string, error: unknown): unknown {
  const code = primaryCode(error)
  if (code === 0) return error
  const reason = `SQLite cannot lock ${FILE} (${messageOf(error)})`
  return new LockFailedError(FAILURES[code] ?? 'LOCK_ENGINE', directory, reason, error)
}
