/**
 * A snapshot as bytes, a fifth of its JSON and a hundred times as fast:
 *
 * | bytes  | hold                                                            |
 * | ------ | --------------------------------------------------------------- |
 * | 0–7    | `linucb/2`                                                      |
 * | 8–11   | CRC-32 of all that follows, as in zlib; unsigned                |
 * | 12–15  | length of the header, a multiple of 8; unsigned                 |
 * | 16–23  | length of the whole; float64                                    |
 * | 24–    | the header, JSON in UTF-8, filled up with spaces                |
 * | then   | for each arm of the header A, packed, then b; float64           |
 *
 * Every number is little-endian.
 */
import { crc32 } from 'node:zlib'
import { SnapshotError } from './errors.ts'
import {
  checkDiagonal,
  dimAt,
  idAt,
  lastUpdateAt,
  numberAt,
  recordAt,
  retiredAt,
  weightAt,
} from './fields.ts'
import { LARGEST_SUM } from './input.ts'
import { packedLength } from './kernel.ts'
import type { Learned } from './learned.ts'
import type { Sums } from './sums.ts'

const MARK = 'linucb/2'
const CRC_AT = 8
const HEADER_LENGTH_AT = 12
const LENGTH_AT = 16
const HEADER_AT = 24
const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0

export function encode({ dim, arms, retired, lastUpdateAtMs }: Learned): Uint8Array {
  const listed = [...arms].map(([id, { pulls, rewardSum }]) => ({ id, pulls, rewardSum }))
  const header = { version: '2.0', dim, arms: listed, retired, lastUpdateAtMs }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const numbersAt = HEADER_AT + Math.ceil(text.length / 8) * 8
  const count = arms.size * (packedLength(dim) + dim)

  const bytes = new Uint8Array(numbersAt + count * 8)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < MARK.length; i += 1) bytes[i] = MARK.charCodeAt(i)
  view.setUint32(HEADER_LENGTH_AT, numbersAt - HEADER_AT, true)
  view.setFloat64(LENGTH_AT, bytes.length, true)
  bytes.fill(0x20, HEADER_AT, numbersAt)
  bytes.set(text, HEADER_AT)
  const numbers = new Float64Array(bytes.buffer, numbersAt)
  let at = 0
  for (const { a, b } of arms.values()) {
    numbers.set(a, at)
    numbers.set(b, at + a.length)
    at += a.length + b.length
  }
  if (IS_BIG_ENDIAN) Buffer.from(bytes.buffer, numbersAt).swap64()
  view.setUint32(CRC_AT, crc32(bytes.subarray(HEADER_LENGTH_AT)), true)
  return bytes
}

/** @throws {SnapshotError} naming what is damaged, or missing. */
export function readEncoded(bytes: Uint8Array): Learned {
  const headerLength = checkWhole(bytes)
  const header = readHeader(bytes.subarray(HEADER_AT, HEADER_AT + headerLength))
  if (header['version'] !== '2.0') {
    throw new SnapshotError('version', '"2.0"', header['version'])
  }
  const dim = dimAt(header['dim'], 'dim')
  const listed = header['arms']
  if (!Array.isArray(listed)) throw new SnapshotError('arms', 'an array', listed)
  const size = packedLength(dim)
  const numbersAt = HEADER_AT + headerLength
  const length = numbersAt + listed.length * (size + dim) * 8
  if (bytes.length !== length) throw new SnapshotError('length', `${length}`, bytes.length)

  const numbers = numbersFrom(bytes, numbersAt)
  const arms = new Map<string, Sums>()
  for (const [i, value] of listed.entries()) {
    const arm = recordAt(value, `arms[${i}]`)
    const id = idAt(arm['id'], `arms[${i}].id`)
    const field = `arms.${id}`
    if (arms.has(id)) throw new SnapshotError(`arms[${i}].id`, 'there once', id)
    const at = i * (size + dim)
    arms.set(id, {
      a: numbers.subarray(at, at + size),
      b: numbers.subarray(at + size, at + size + dim),
      pulls: weightAt(arm['pulls'], `${field}.pulls`),
      rewardSum: numberAt(arm['rewardSum'], `${field}.rewardSum`),
    })
    checkNumbers(numbers, at, size, `${field}.a`)
    checkNumbers(numbers, at + size, dim, `${field}.b`)
    checkDiagonal(arms.get(id)!.a, dim, `${field}.a`)
  }
  const retired = retiredAt(header['retired'], arms)
  return { version: '2.0', dim, arms, retired, lastUpdateAtMs: lastUpdateAt(header) }
}

/** @returns the length of the header. */
function checkWhole(bytes: Uint8Array): number {
  const mark = String.fromCharCode(...bytes.subarray(0, MARK.length))
  if (mark !== MARK) throw new SnapshotError('beginning', `"${MARK}"`, mark)
  if (bytes.length < HEADER_AT) {
    throw new SnapshotError('length', `at least ${HEADER_AT}`, bytes.length)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = view.getFloat64(LENGTH_AT, true)
  if (length !== bytes.length) throw new SnapshotError('length', `${length}`, bytes.length)
  const expected = view.getUint32(CRC_AT, true)
  const actual = crc32(bytes.subarray(HEADER_LENGTH_AT))
  if (expected !== actual) throw new SnapshotError('crc32', `${expected}`, actual)
  return view.getUint32(HEADER_LENGTH_AT, true)
}

function readHeader(text: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return recordAt(JSON.parse(new TextDecoder().decode(text)), 'header')
  } catch (error) {
    if (error instanceof SyntaxError) throw new SnapshotError('header', 'JSON', error.message)
    throw error
  }
}

/** A copy, so that it begins where a Float64Array may begin, and is nobody else's. */
function numbersFrom(bytes: Uint8Array, at: number): Float64Array {
  const copy = new Uint8Array(bytes.length - at)
  copy.set(bytes.subarray(at))
  if (IS_BIG_ENDIAN) Buffer.from(copy.buffer).swap64()
  return new Float64Array(copy.buffer)
}

function checkNumbers(numbers: Float64Array, from: number, count: number, field: string): void {
  for (let i = from; i < from + count; i += 1) {
    if (!(Math.abs(numbers[i]!) <= LARGEST_SUM)) numberAt(numbers[i], `${field}[${i - from}]`)
  }
}
