import { endianness } from 'node:os'
import { crc32 } from 'node:zlib'
import { packedLength } from '@holdfast/linucb'
import { KEY_BYTES } from '../decision-id.ts'
import { BanditStoreBrokenError, BanditStoreVersionError } from '../errors.ts'
import { emptyContents, STORED_FLAGS, type ArmSums, type FoldContents } from '../fold.ts'
import { IdSet } from '../id-set.ts'

/** What a snapshot says beside what was learned. */
export interface SnapshotFrame {
  readonly dim: number
  readonly epochMs: number
  /** Its place among all snapshots, from 1; 0 is what there is before the first. */
  readonly number: number
  /** This snapshot's own name, and that of the one it was made from; empty for the first. */
  readonly name: string
  readonly previous: string
  /** Whether it holds what no segment ever said, so that nobody can go on from the one before. */
  readonly isAnew: boolean
  /** The segments it covers that may still be there, and how many bytes of each; ∞ for all that ever was in it. */
  readonly covered: ReadonlyMap<string, number>
  /** Rewards of decisions before this are refused, in ms since 1970, −∞ for none. */
  readonly refuseBeforeMs: number
  /** Ids of decisions before this are not remembered any more, in ms since 1970, −∞ for none. */
  readonly droppedBeforeMs: number
}

/**
 * A snapshot's bytes: `magic, length of the header u32, crc32 of the header u32, crc32 of all that follows u32, 0 u32`, the
 * header as JSON, then A and b of each arm of each bucket as little-endian float64, then the ids that were counted, then
 * their flags. The header has a check sum of its own, because most readers read no more than that.
 */
interface Header extends Omit<SnapshotFrame, 'covered' | 'refuseBeforeMs' | 'droppedBeforeMs'> {
  readonly version: 1
  /** Names and bytes; null stands for ∞, which JSON has not. */
  readonly covered: readonly (readonly [string, number | null])[]
  readonly refuseBeforeMs: number | null
  readonly droppedBeforeMs: number | null
  readonly decisions: number
  readonly ids: number
  readonly buckets: readonly {
    /** An epoch's number, `older` or `imported`. */
    readonly of: number | 'older' | 'imported'
    readonly arms: readonly {
      readonly id: string
      readonly pulls: number
      readonly rewardSum: number
    }[]
  }[]
}

const MAGIC = 'HFBANDIT'
export const PREFIX_BYTES = 24
const LENGTH_AT = 8
const HEADER_SUM_AT = 12
const SUM_AT = 16
const FLOAT_BYTES = 8
/** A sum may end up in a file read by any machine: the format's order is little-endian. */
const isBigEndian = endianness() === 'BE'

/** Writes down a fold, ids that are about to be forgotten included. The result shares nothing with it. */
export function encodeSnapshot(frame: SnapshotFrame, contents: FoldContents): Buffer {
  const { keys, flags } = contents.ids.contents()
  const buckets: readonly (readonly [number | 'older' | 'imported', ArmSums])[] = [
    ['imported', contents.imported],
    ['older', contents.older],
    ...contents.epochs,
  ]
  const header: Header = {
    version: 1,
    ...frame,
    covered: [...frame.covered].map(([name, bytes]) => [name, orNull(bytes)]),
    refuseBeforeMs: orNull(frame.refuseBeforeMs),
    droppedBeforeMs: orNull(frame.droppedBeforeMs),
    decisions: contents.decisions,
    ids: flags.length,
    buckets: buckets.map(([of, arms]) => ({
      of,
      arms: [...arms].map(([id, { pulls, rewardSum }]) => ({ id, pulls, rewardSum })),
    })),
  }
  const json = padded(JSON.stringify(header))
  const sums = buckets.flatMap(([, arms]) => [...arms.values()]).flatMap(({ a, b }) => [a, b])
  const floatBytes = sums.reduce((bytes, { byteLength }) => bytes + byteLength, 0)
  const floatsAt = PREFIX_BYTES + json.length
  const bytes = Buffer.allocUnsafe(floatsAt + floatBytes + keys.length + flags.length)
  bytes.fill(0, 0, PREFIX_BYTES)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(json.length, LENGTH_AT)
  bytes.writeUInt32LE(crc32(json), HEADER_SUM_AT)
  json.copy(bytes, PREFIX_BYTES)
  let at = floatsAt
  for (const { buffer, byteOffset, byteLength } of sums) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += byteLength
  }
  if (isBigEndian) bytes.subarray(floatsAt, at).swap64()
  bytes.set(keys, at)
  bytes.set(flags, at + keys.length)
  for (let i = at + keys.length; i < bytes.length; i += 1) bytes[i]! &= STORED_FLAGS
  bytes.writeUInt32LE(crc32(bytes.subarray(PREFIX_BYTES)), SUM_AT)
  return bytes
}

/**
 * Reads a snapshot.
 * @throws {BanditStoreBrokenError} if a bit of it is wrong.
 */
export function decodeSnapshot(
  path: string,
  bytes: Buffer,
): { readonly frame: SnapshotFrame; readonly contents: FoldContents } {
  const header = decodeHeader(path, bytes)
  if (crc32(bytes.subarray(PREFIX_BYTES)) !== bytes.readUInt32LE(SUM_AT)) {
    throw new BanditStoreBrokenError(path, 'its check sum is wrong')
  }
  const { dim, ids } = header
  const armFloats = packedLength(dim) + dim
  const armCount = header.buckets.reduce((count, { arms }) => count + arms.length, 0)
  const floatsAt = headerBytes(path, bytes)
  const keysAt = floatsAt + armCount * armFloats * FLOAT_BYTES
  if (bytes.length !== keysAt + ids * (KEY_BYTES + 1)) {
    throw new BanditStoreBrokenError(path, `is ${bytes.length} bytes long, which its header denies`)
  }
  // A copy begins where a float64 may, wherever the file was read to.
  const floats = new Uint8Array(bytes.subarray(floatsAt, keysAt))
  if (isBigEndian) Buffer.from(floats.buffer).swap64()
  const values = new Float64Array(floats.buffer)
  const contents = emptyContents()
  let at = 0
  const next = (length: number): Float64Array => values.subarray(at, (at += length))
  for (const { of, arms } of header.buckets) {
    const bucket: ArmSums =
      of === 'older' ? contents.older : of === 'imported' ? contents.imported : new Map()
    if (typeof of === 'number') contents.epochs.set(of, bucket)
    for (const { id, pulls, rewardSum } of arms) {
      bucket.set(id, { a: next(packedLength(dim)), b: next(dim), pulls, rewardSum })
    }
  }
  const flagsAt = keysAt + ids * KEY_BYTES
  const known = IdSet.of(bytes.subarray(keysAt, flagsAt), bytes.subarray(flagsAt))
  const droppedBeforeMs = header.droppedBeforeMs ?? -Infinity
  // Whoever published it forgot them only afterwards.
  known.dropBefore(droppedBeforeMs)
  return {
    frame: frameOf(header),
    contents: {
      ...contents,
      ids: known,
      droppedBeforeMs,
      decisions: header.decisions,
    },
  }
}

/**
 * Reads what a snapshot says beside what was learned.
 * @param bytes at least as many as `headerBytes` asks for.
 */
export function decodeFrame(path: string, bytes: Buffer): SnapshotFrame {
  return frameOf(decodeHeader(path, bytes))
}

/** How many bytes from the beginning of the file `decodeFrame` needs. */
export function headerBytes(path: string, prefix: Buffer): number {
  if (prefix.length < PREFIX_BYTES || prefix.toString('latin1', 0, 8) !== MAGIC) {
    throw new BanditStoreBrokenError(path, 'does not begin as a snapshot does')
  }
  return PREFIX_BYTES + prefix.readUInt32LE(LENGTH_AT)
}

function decodeHeader(path: string, bytes: Buffer): Header {
  const end = headerBytes(path, bytes)
  const json = bytes.subarray(PREFIX_BYTES, end)
  if (end > bytes.length || crc32(json) !== bytes.readUInt32LE(HEADER_SUM_AT)) {
    throw new BanditStoreBrokenError(path, "its header's check sum is wrong")
  }
  const header = JSON.parse(json.toString()) as Header
  if (header.version !== 1) throw new BanditStoreVersionError(path, header.version)
  return header
}

function frameOf(header: Header): SnapshotFrame {
  const { dim, epochMs, number, name, previous, isAnew } = header
  const { covered, refuseBeforeMs, droppedBeforeMs } = header
  return {
    dim,
    epochMs,
    number,
    name,
    previous,
    isAnew,
    covered: new Map(covered.map(([segment, bytes]) => [segment, bytes ?? Infinity])),
    refuseBeforeMs: refuseBeforeMs ?? -Infinity,
    droppedBeforeMs: droppedBeforeMs ?? -Infinity,
  }
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Spaces after JSON mean nothing, and the floats begin at a multiple of 8. */
function padded(json: string): Buffer {
  const length = Math.ceil(Buffer.byteLength(json) / FLOAT_BYTES) * FLOAT_BYTES
  const bytes = Buffer.alloc(length, ' ')
  bytes.write(json, 0)
  return bytes
}
