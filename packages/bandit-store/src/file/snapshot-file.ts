import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BanditStoreBrokenError, BanditStoreMismatchError, codeOf } from '../errors.ts'
import type { BanditStoreFact } from '../facts.ts'
import { emptyContents, type FoldContents, type FoldRules } from '../fold.ts'
import { PREVIOUS, SNAPSHOT } from './names.ts'
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
  /** Of the file at its place, see `signatureOf`. */
  readonly signature: string
  /** Whether the one before took its place. */
  readonly isBroken: boolean
}

/** What there is before the first snapshot. */
export const firstFrame = ({ dim, epochMs }: FoldRules): SnapshotFrame => ({
  dim,
  epochMs,
  name: '',
  previous: '',
  isAnew: false,
  covered: [],
  refuseBeforeMs: -Infinity,
  announcedAtMs: 0,
  droppedBeforeMs: -Infinity,
})

/** @throws {BanditStoreMismatchError} if lessons of this kind cannot be added to ours. */
export function checkHeader(
  path: string,
  header: { readonly version?: number; readonly dim: number; readonly epochMs: number },
  rules: FoldRules,
): void {
  if (header.version !== undefined && header.version !== 1) {
    throw new BanditStoreBrokenError(
      path,
      `is of version ${header.version}, newer than this package knows`,
    )
  }
  for (const field of ['dim', 'epochMs'] as const) {
    if (header[field] !== rules[field]) {
      throw new BanditStoreMismatchError(path, field, rules[field], header[field])
    }
  }
}

/** Differs whenever the file does; empty when there is none. */
export async function signatureOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}

/** Reads what a snapshot says beside what was learned; that of the first, when there is none. */
export async function readFrame(path: string, rules: FoldRules): Promise<SnapshotFrame> {
  let file
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return firstFrame(rules)
    throw error
  }
  try {
    const prefix = Buffer.alloc(PREFIX_BYTES)
    const { bytesRead } = await file.read(prefix, 0, PREFIX_BYTES, 0)
    const bytes = Buffer.alloc(headerBytes(path, prefix.subarray(0, bytesRead)))
    await file.read(bytes, 0, bytes.length, 0)
    return decodeFrame(path, bytes)
  } finally {
    await file.close()
  }
}

/**
 * Loads the snapshot, or the one before if it is broken or gone: the segments that only the newer one covers are
 * still there.
 * @throws {BanditStoreBrokenError} if neither can be used. {BanditStoreMismatchError} if it is of other contexts.
 */
export async function loadSnapshot(
  directory: string,
  rules: FoldRules,
  observe: (fact: BanditStoreFact) => void,
): Promise<LoadedSnapshot> {
  const path = join(directory, SNAPSHOT)
  const spare = join(directory, PREVIOUS)
  const signature = await signatureOf(path)
  const hasSpare = (await signatureOf(spare)) !== ''
  try {
    if (signature !== '')
      return { ...(await readSnapshot(path, rules)), signature, isBroken: false }
    if (hasSpare) throw new BanditStoreBrokenError(path, 'is gone')
    return { frame: firstFrame(rules), contents: emptyContents(), signature, isBroken: false }
  } catch (error) {
    if (codeOf(error) !== 'BANDIT_STORE_BROKEN' || !hasSpare) throw error
    const snapshot = await readSnapshot(spare, rules)
    observe({ kind: 'bandit-store.snapshot-broken', path, error })
    return { ...snapshot, signature, isBroken: true }
  }
}

async function readSnapshot(
  path: string,
  rules: FoldRules,
): Promise<{ frame: SnapshotFrame; contents: FoldContents }> {
  const snapshot = decodeSnapshot(path, await readFile(path))
  checkHeader(path, snapshot.frame, rules)
  return snapshot
}
