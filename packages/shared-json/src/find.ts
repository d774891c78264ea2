import { existsSync } from 'node:fs'
import { readJson, type JsonMissing, type JsonOk, type JsonRead } from '@holdfast/atomic-json'
import { ignore } from '@holdfast/seams'
import { SharedJsonRefusedError } from './errors.ts'
import type { ReadSharedJsonOptions } from './options.ts'

/** What a shared file holds now. */
export interface Found<T> {
  readonly read: JsonOk<T> | JsonMissing
  /** There are to be fences, but the value is still in the file without one. */
  readonly isUnfenced: boolean
}

/**
 * Finds the value that `path` stands for, with fences or without.
 * @throws {SharedJsonRefusedError} if the file is kept in both ways.
 * @throws {JsonCorruptError | JsonNotReadError} as `readJson`.
 */
export async function find<T>(path: string, options: ReadSharedJsonOptions<T>): Promise<Found<T>> {
  if (options.fenced !== true) {
    return { read: await findUnfenced(path, options), isUnfenced: false }
  }
  const read = await findFenced(path, options)
  if (read.kind === 'ok') return { read, isUnfenced: false }
  const unfenced = await readUnfenced(path, options)
  if (unfenced.kind === 'ok') return { read: unfenced, isUnfenced: true }
  // For one who reads without the lock: its first update may just have come, and given the file a fence.
  return { read: await findFenced(path, options), isUnfenced: false }
}

async function findUnfenced<T>(
  path: string,
  options: ReadSharedJsonOptions<T>,
): Promise<JsonOk<T> | JsonMissing> {
  const read = await readUnfenced(path, options)
  if (read.kind === 'ok') return read
  const fenced = await lookFenced(path, options)
  if (fenced.kind === 'missing') return read
  // To go on from nothing would start a second, empty history beside the one under fences.
  throw mixed(path, 'not there, but under a fence it is: everyone must use fenced: true')
}

async function findFenced<T>(
  path: string,
  options: ReadSharedJsonOptions<T>,
): Promise<JsonOk<T> | JsonMissing> {
  const seen = await lookFenced(path, options)
  if (seen.kind === 'missing') return seen
  if (existsSync(path)) {
    throw mixed(path, 'also there without a fence: someone writes it without fenced: true')
  }
  return seen.kind === 'ok' ? seen : await readJson(path, { ...decided(options), fenced: true })
}

async function readUnfenced<T>(
  path: string,
  options: ReadSharedJsonOptions<T>,
): Promise<JsonOk<T> | JsonMissing> {
  return await readJson(path, { ...decided(options), fenced: false })
}

/** Looks without judging, and so without telling: a broken file is read again by those who decide about it. */
async function lookFenced<T>(
  path: string,
  options: ReadSharedJsonOptions<T>,
): Promise<JsonRead<T>> {
  return await readJson(path, { ...options, onCorrupt: 'answer', observe: ignore, fenced: true })
}

/** `checkReadOptions` has seen to it that a broken file ends in a value or an error. */
function decided<T>(options: ReadSharedJsonOptions<T>) {
  return options as ReadSharedJsonOptions<T> & { onCorrupt: 'default'; default: () => T }
}

function mixed(path: string, reason: string): SharedJsonRefusedError {
  return new SharedJsonRefusedError('SHARED_JSON_MIXED', path, reason)
}
