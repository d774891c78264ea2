import { join } from 'node:path'
import { dayOf } from './timestamp.ts'

/**
 * What lies in a ledger's directory:
 *
 *   <day>.<writer>.ndjson                          a segment that its writer may append to
 *   <day>.<writer>.sealed.ndjson                   one that nobody appends to any more
 *   archive/<month>/<day>.<writer>.ndjson.zst      one that is archived
 *   archive/<month>/<day>.<writer>.<chance>.tmp    one that is being archived
 *   heads/<day>.<writer>.json                      how many lines a segment has, and the hash of the last
 *   heads/pruned.json                              what was removed for its age
 *   archiving.lock/                                who archives
 *
 * Day and month are of UTC. A writer is chance and a count from 0 without holes, so that a number shows that is gone. No name of a segment that has a
 * line comes back, and its ending changes in the order above only, so whoever looks for it in this order finds it.
 */
const OPEN = '.ndjson'
const SEALED = '.sealed.ndjson'
const ARCHIVED = '.ndjson.zst'
export const TEMPORARY = '.tmp'
export const ARCHIVE = 'archive'
export const HEADS = 'heads'
export const ARCHIVING = 'archiving'

const SEGMENT = /^(\d{4}-\d{2}-\d{2})\.[0-9a-f]{12}-\d+$/

/** The name of a segment, without ending. @param writer twelve hexadecimal digits of chance. */
export const segmentName = (atMs: number, writer: string, count: number): string =>
  `${dayOf(atMs)}.${writer}-${count}`

/** The segment that a file of the directory holds, and whether it may be appended to; null for any other file. */
export function segmentOf(file: string): { segment: string; isSealed: boolean } | null {
  const isSealed = file.endsWith(SEALED)
  const segment = nameIn(file, isSealed ? SEALED : OPEN)
  return segment === null ? null : { segment, isSealed }
}

/** The segment that a file of the archive holds; null for any other file. */
export const archivedSegmentOf = (file: string): string | null => nameIn(file, ARCHIVED)

/** The segment that a file of `heads` is about; null for any other file. */
export const headedSegmentOf = (file: string): string | null => nameIn(file, '.json')

function nameIn(file: string, ending: string): string | null {
  if (!file.endsWith(ending)) return null
  const name = file.slice(0, -ending.length)
  return SEGMENT.test(name) ? name : null
}

/** `YYYY-MM-DD` of a segment's name. */
export const dayOfSegment = (segment: string): string => segment.slice(0, 10)

export const monthOfSegment = (segment: string): string => segment.slice(0, 7)

/** Who wrote a segment, and which of theirs it is. */
export function writerOf(segment: string): { writer: string; count: number } {
  const [writer = '', count = ''] = segment.slice('YYYY-MM-DD.'.length).split('-')
  return { writer, count: Number(count) }
}

export const openPath = (directory: string, segment: string): string =>
  join(directory, segment + OPEN)

export const sealedPath = (directory: string, segment: string): string =>
  join(directory, segment + SEALED)

export const archivePath = (directory: string, segment: string): string =>
  join(directory, ARCHIVE, monthOfSegment(segment), segment + ARCHIVED)

export const headPath = (directory: string, segment: string): string =>
  join(directory, HEADS, `${segment}.json`)

export const prunedPath = (directory: string): string => join(directory, HEADS, 'pruned.json')
