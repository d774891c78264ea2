import { readJson, replaceJson, type Durability } from '@holdfast/atomic-json'
import { headPath } from './names.ts'

/**
 * How far a segment is known to go, kept outside it. It follows the segment after a moment, so it may say less than there is, and
 * never more.
 */
export interface Head {
  readonly version: 1
  readonly segment: string
  readonly lines: number
  /** The link of the last of them, or where the chain begins. */
  readonly hash: string
  /** The earliest and the latest `t` of these lines, in ms since 1970; null where there is no line. */
  readonly minMs: number | null
  readonly maxMs: number | null
  /** Nothing comes after these lines. */
  readonly isFinal: boolean
}

/** What there is of a head. */
export type HeadFound =
  | { readonly kind: 'found'; readonly head: Head }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly reason: string }

/** @throws {JsonNotReadError} if the system gives no bytes. */
export async function readHead(directory: string, segment: string): Promise<HeadFound> {
  const path = headPath(directory, segment)
  const read = await readJson(path, { onCorrupt: 'answer' })
  if (read.kind === 'missing') return { kind: 'missing' }
  if (read.kind !== 'ok') return { kind: 'broken', reason: read.reason }
  const head = read.value as Head
  const isHead = isHeadShaped(head) && head.segment === segment
  return isHead ? { kind: 'found', head } : { kind: 'broken', reason: 'it is no head of it' }
}

/** Replaces the head of a segment, whole. @throws {JsonNotWrittenError | JsonNotDurableError} */
export async function writeHead(
  directory: string,
  head: Head,
  durability: Durability,
): Promise<void> {
  await replaceJson(headPath(directory, head.segment), head, { durability, createDirectory: true })
}

function isHeadShaped(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { version, lines, hash, minMs, maxMs, isFinal } = value as Partial<Head>
  return (
    version === 1 &&
    Number.isSafeInteger(lines) &&
    lines! >= 0 &&
    typeof hash === 'string' &&
    isTime(minMs) &&
    isTime(maxMs) &&
    typeof isFinal === 'boolean'
  )
}

const isTime = (ms: unknown): boolean => ms === null || Number.isSafeInteger(ms)
