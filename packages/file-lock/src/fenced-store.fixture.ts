/** A place that compares fences as it writes, in one step: what a fence is for. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Entry {
  readonly fence: number
  readonly value: number
}

export interface FencedStore {
  /** Reads for one who will write, and keeps all with a lower fence from writing. Null for one who has a lower fence. */
  read(fence: number): Entry | null
  /** False, and nothing is changed, if one with a higher fence was here. */
  write(fence: number, value: number): boolean
  /** All writes, in their order. */
  writes(): Entry[]
  close(): void
}

export function openStore(at: string): FencedStore {
  const database = new DatabaseSync(join(at, 'store.db'), { timeout: 60_000 })
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS store (fence INTEGER, value INTEGER);
    CREATE TABLE IF NOT EXISTS writes (fence INTEGER, value INTEGER);
  `)
  const inOneStep = <T>(work: () => T): T => {
    database.exec('BEGIN IMMEDIATE')
    const result = work()
    database.exec('COMMIT')
    return result
  }
  const raise = (fence: number): boolean =>
    database.prepare('UPDATE store SET fence = ? WHERE fence <= ?').run(fence, fence).changes === 1
  inOneStep(() => {
    database.exec('INSERT INTO store SELECT 0, 0 WHERE NOT EXISTS (SELECT * FROM store)')
  })
  return {
    read: (fence) =>
      inOneStep(() => {
        if (!raise(fence)) return null
        return database.prepare('SELECT fence, value FROM store').get() as unknown as Entry
      }),
    write: (fence, value) =>
      inOneStep(() => {
        if (!raise(fence)) return false
        database.prepare('UPDATE store SET value = ?').run(value)
        database.prepare('INSERT INTO writes VALUES (?, ?)').run(fence, value)
        return true
      }),
    writes: () =>
      database
        .prepare('SELECT fence, value FROM writes ORDER BY rowid')
        .all() as unknown as Entry[],
    close: () => database.close(),
  }
}
