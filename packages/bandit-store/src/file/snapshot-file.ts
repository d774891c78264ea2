import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BanditStoreBrokenError,
  BanditStoreMismatchError,
  BanditStoreVersionError,
  codeOf,
} from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import { emptyContents, type FoldContents, type FoldRules } from '../fold.ts'
import { snapshotFile, snapshotNumber } from './names.ts'
import {
  decodeFrame,
  decodeSnapshot,
  headerBytes,
  PREFIX_BYTES,
  type SnapshotFrame,
} from './snapshot.ts'

/** A snapshot as it was found. */
export interface LoadedSnapshot {
  readonly frame: SnapshotFrame
  readonly contents: FoldContents
  /** Tells the newest snapshot there is from the next, see `signatureOf`. */
  readonly signature: string
  /** Number of the newest there is. */
  readonly newest: number
}

/** What there is before the first snapshot. */
export const firstFrame = ({ dim, epochMs }: FoldRules): SnapshotFrame => ({
  dim,
  epochMs,
  number: 0,
  name: '',
  previous: '',
  isAnew: false,
  covered: new Map(),
  refuseBeforeMs: -Infinity,
  droppedBeforeMs: -Infinity,
})

/** @throws {BanditStoreMismatchError} if lessons of this kind cannot be added to ours. */
export function checkHeader(
  path: string,
  header: { readonly version?: number; readonly dim: number; readonly epochMs: number },
  rules: FoldRules,
): void {
  if (header.version !== undefined && header.version !== 1) {
    throw new BanditStoreVersionError(path, header.version)
  }
  for (const field of ['dim', 'epochMs'] as const) {
    if (header[field] !== rules[field]) {
      throw new BanditStoreMismatchError(path, field, rules[field], header[field])
    }
  }
}

/** The numbers of the snapshots there are, the newest first. */
export async function snapshotNumbers(directory: string): Promise<number[]> {
  const numbers = (await readdir(directory)).map(snapshotNumber)
  return numbers.filter((number) => number !== null).toSorted((a, b) => b - a)
}

/** Differs whenever that snapshot does; empty when there is none. */
export async function signatureOf(directory: string, number: number): Promise<string> {
  if (number === 0) return ''
  try {
    const { ino, size, mtimeMs } = await stat(join(directory, snapshotFile(number)))
    return `${number} ${ino} ${size} ${mtimeMs}`
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}

/** Reads what a snapshot says beside what was learned; null if it is gone. */
export async function readFrame(directory: string, number: number): Promise<SnapshotFrame | null> {
  const path = join(directory, snapshotFile(number))
  const file = await orNullIfGone(open(path, 'r'))
  if (file === null) return null
  try {
    const prefix = Buffer.alloc(PREFIX_BYTES)
    const { bytesRead } = await file.read(prefix, 0, PREFIX_BYTES, 0)
    const needed = headerBytes(path, prefix.subarray(0, bytesRead))
    const { size } = await file.stat()
    if (needed > size) throw new BanditStoreBrokenError(path, 'ends within its header')
    const bytes = Buffer.alloc(needed)
    await file.read(bytes, 0, bytes.length, 0)
    return decodeFrame(path, bytes)
  } finally {
    await file.close()
  }
}

/**
 * Loads the newest snapshot that can be read. Whichever is there serves: it is removed before the segments are that
 * only newer ones cover.
 * @returns null if they changed meanwhile.
 * @throws {BanditStoreBrokenError} if there are some, and none can be used. {BanditStoreMismatchError} if it is of
 * other contexts.
 */
export async function loadSnapshot(
  directory: string,
  rules: FoldRules,
  observe: (fact: BanditStoreFact) => void,
): Promise<LoadedSnapshot | null> {
  const numbers = await snapshotNumbers(directory)
  const newest = numbers[0] ?? 0
  const signature = await signatureOf(directory, newest)
  const found = { signature, newest }
  if (newest === 0) {
    return { ...found, frame: firstFrame(rules), contents: emptyContents() }
  }
  let broken: unknown = null
  for (const number of numbers) {
    const path = join(directory, snapshotFile(number))
    try {
      const snapshot = await readSnapshot(path, rules)
      if (snapshot !== null) return { ...found, ...snapshot }
    } catch (error) {
      if (codeOf(error) !== 'BANDIT_STORE_BROKEN') throw error
      observe({ kind: 'bandit-store.snapshot-broken', path, error })
      broken ??= error
    }
  }
  if (broken !== null) throw broken
  return null
}

async function readSnapshot(
  path: string,
  rules: FoldRules,
): Promise<{ frame: SnapshotFrame; contents: FoldContents } | null> {
  const bytes = await orNullIfGone(readFile(path))
  if (bytes === null) return null
  const snapshot = decodeSnapshot(path, bytes)
  checkHeader(path, snapshot.frame, rules)
  return snapshot
}

async function orNullIfGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
