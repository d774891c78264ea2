import type { Clock, Observe, Random } from '@holdfast/seams'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Compression } from './encoding.ts'
import type { JsonFact } from './facts.ts'
import type { Durability } from './replace-file.ts'

/** What reading and writing have in common. */
interface SharedOptions<T> {
  /** `true`: the file carries version, generation and checksum around the value. Default false. */
  readonly envelope?: boolean
  /** Most bytes of JSON text, also once unpacked. Integer ≥ 1. Default 67108864 (64 MiB). */
  readonly maxBytes?: number
  /**
   * Any Standard Schema, such as one of zod. A read answers its output; a write is refused unless a
   * read would pass, and writes the value itself. Default: none.
   */
  readonly schema?: StandardSchemaV1<unknown, T>
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly observe?: Observe<JsonFact>
}

/**
 * What to do with a file that cannot be trusted.
 *
 * - `throw`: throw `JsonCorruptError`; the file stays where it is.
 * - `answer`: answer what was found; the file stays where it is.
 * - `backup`: move the file to `<path>.corrupt-<time>` and use the newest whole generation; where there
 *   is none, `default` if given, else answer what was found.
 * - `default`: move the file to `<path>.corrupt-<time>` and use `default`.
 */
export type OnCorrupt = 'throw' | 'answer' | 'backup' | 'default'

export interface ReadJsonOptions<T> extends SharedOptions<T> {
  /** Default `throw`. */
  readonly onCorrupt?: OnCorrupt
  /** Makes the value to go on with when nothing whole is left. Not used for a missing file. */
  readonly default?: () => T
  /** `true`: read the file with the highest fence, `state.<fence>.json`. Default false. */
  readonly fenced?: boolean
}

export interface ReplaceJsonOptions<T> extends SharedOptions<T> {
  /** Default `full`. */
  readonly durability?: Durability
  /** `true`: white space for people. Default false. */
  readonly pretty?: boolean
  /** How many earlier whole files to keep as `<path>.bak.1`, `.bak.2` … Integer 0 to 100. Default 0. */
  readonly generations?: number
  readonly compress?: Compression
  /** Publish as `state.<fence>.json`, unless a higher fence did. Integer ≥ 0. Default: no fence. */
  readonly fence?: number
  /** `true`: make missing directories. Default false. */
  readonly createDirectory?: boolean
  /** Permission bits of a new file, less the process's umask. Default 0o666. An old file keeps its own. */
  readonly mode?: number
  /** Names the temporary files. */
  readonly random?: Random
}

/** 64 MiB: far above any state file we know, far below what a process can hold. */
export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024

const DURABILITIES: readonly unknown[] = ['full', 'atomic', 'none']
const POLICIES: readonly unknown[] = ['throw', 'answer', 'backup', 'default']
const METHODS: readonly unknown[] = ['gzip', 'zstd']

/** @throws {TypeError | RangeError} naming the option. */
export function checkReadOptions(path: string, options: ReadJsonOptions<unknown>): void {
  const { maxBytes, onCorrupt } = options
  checkPath(path)
  checkInteger('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER)
  checkOneOf('onCorrupt', onCorrupt, POLICIES)
  if (options.default !== undefined && typeof options.default !== 'function') {
    throw new TypeError(`default must be a function, got ${shown(options.default)}`)
  }
  if (onCorrupt === 'default' && options.default === undefined) {
    throw new TypeError("default must be a function when onCorrupt is 'default', got undefined")
  }
}

/** @throws {TypeError | RangeError} naming the option. */
export function checkReplaceOptions(path: string, options: ReplaceJsonOptions<unknown>): void {
  const { maxBytes, durability, generations, fence, mode, compress } = options
  checkPath(path)
  checkInteger('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER)
  checkOneOf('durability', durability, DURABILITIES)
  checkInteger('generations', generations, 0, 100)
  checkInteger('fence', fence, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('mode', mode, 0, 0o7777)
  checkOneOf('compress.method', compress?.method, METHODS)
  checkInteger('compress.fromBytes', compress?.fromBytes, 0, Number.MAX_SAFE_INTEGER)
}

function checkPath(path: unknown): void {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return
  throw new TypeError(`path must be a string, not empty and without NUL, got ${shown(path)}`)
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (value === undefined) return
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
  throw new RangeError(`${name} must be an integer from ${min} to ${max}, got ${shown(value)}`)
}

function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return
  throw new TypeError(`${name} must be one of ${allowed.join(', ')}, got ${shown(value)}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
