import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { directEngine } from './direct-engine.ts'
import type { LockEngine, Takeover } from './engine.ts'
import type { LockFact } from './facts.ts'
import { kernelEngine } from './kernel-engine.ts'
import { properLockfileEngine } from './proper-lockfile-engine.ts'
import { HEARTBEAT_MS } from './token-grip.ts'

/** The engines of this package. Processes on different ones respect one another. */
export type EngineName = 'proper-lockfile' | 'direct' | 'kernel'

const ENGINES: Readonly<Record<EngineName, LockEngine>> = {
  'proper-lockfile': properLockfileEngine,
  direct: directEngine,
  kernel: kernelEngine,
}

/** What may be chosen for a lock, but for how long to wait for it. */
export interface TryLockOptions {
  /**
   * When the lock may be taken from its holder. `dead`: on proof of its death, or, where none can be had (another
   * container or machine), when its lease ran out. `lease`: when its lease ran out, even if it lives: then only
   * the fence keeps its late writes away. Default `dead`.
   */
  readonly takeover?: Takeover
  /** How long a lease lasts after the holder's last sign of life, in ms ≥ 2000. Holders give one every second. Default 10 000. */
  readonly staleMs?: number
  /** What the lock is made with. Default `proper-lockfile`. */
  readonly engine?: EngineName | LockEngine
  /**
   * How long newcomers may go before one who waits, in ms ≥ 0. 0 keeps to the order at the cost of speed, Infinity keeps
   * none. Default 25.
   */
  readonly fairnessMs?: number
  /**
   * What is given to code that runs inside the work of a `withLock`, and asks for that lock again: `refuse`: `LOCK_REENTRANT` at
   * once; `count`: the same lock, given back with its last handle; `wait`: its turn, as to everyone, for work that the holder does
   * not wait for. Default `refuse`.
   */
  readonly nested?: 'refuse' | 'count' | 'wait'
  /** Make missing directories above the lock. Default false. */
  readonly createDirectory?: boolean
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<LockFact>
}

export interface AcquireLockOptions extends TryLockOptions {
  /**
   * Longest to wait for other holders, in ms, finite and ≥ 0; 0 tries once. Default 15 000, which is more than a lease:
   * a wait no longer than `staleMs` never sees one run out.
   */
  readonly waitMs?: number
  /** Ends the wait with its reason. It has no say over a lock that is held. */
  readonly signal?: AbortSignal | undefined
}

export interface CheckedOptions extends Omit<Required<AcquireLockOptions>, 'signal' | 'engine'> {
  readonly engine: LockEngine
  readonly signal: AbortSignal | undefined
}

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function checkedOptions(options: AcquireLockOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, got ${shown(options)}`)
  }
  const { waitMs = 15_000, staleMs = 10_000, fairnessMs = 25 } = options
  const { takeover = 'dead', nested = 'refuse', createDirectory = false, signal } = options
  const { clock = systemClock, random = systemRandom, observe = ignore } = options
  inRange('waitMs', waitMs, waitMs >= 0 && waitMs < Infinity, 'finite and ≥ 0')
  // One beat may come late; two that stay away mean that the holder does not run.
  const leastMs = 2 * HEARTBEAT_MS
  inRange('staleMs', staleMs, staleMs >= leastMs && staleMs < Infinity, `finite and ≥ ${leastMs}`)
  inRange('fairnessMs', fairnessMs, fairnessMs >= 0, '≥ 0')
  oneOf('takeover', takeover, ['dead', 'lease'])
  oneOf('nested', nested, ['refuse', 'count', 'wait'])
  if (typeof createDirectory !== 'boolean') {
    throw new TypeError(`createDirectory must be true or false, got ${shown(createDirectory)}`)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  }
  if (typeof observe !== 'function') {
    throw new TypeError(`observe must be a function, got ${shown(observe)}`)
  }
  const engine = engineOf(options.engine)
  return {
    waitMs,
    staleMs,
    fairnessMs,
    takeover,
    nested,
    createDirectory,
    engine,
    signal,
    clock,
    random,
    // A listener that throws is a bug, and surfaces as one; it must not cost a lock.
    observe: observe === ignore ? observe : fanOut(observe),
  }
}

/** @throws {TypeError} for an engine that there is not. */
export function engineOf(engine: EngineName | LockEngine = 'proper-lockfile'): LockEngine {
  if (typeof engine === 'object' && typeof engine?.contend === 'function') return engine
  oneOf('engine', engine, Object.keys(ENGINES))
  return ENGINES[engine as EngineName]
}

/** @throws {TypeError} for what names no file. */
export function checkPath(path: string): void {
  if (typeof path === 'string' && path !== '') return
  throw new TypeError(`path must be the path of a file, got ${shown(path)}`)
}

function inRange(name: string, value: number, isRight: boolean, range: string): void {
  if (typeof value !== 'number' || !isRight) {
    throw new RangeError(`${name} must be ${range}, got ${shown(value)}`)
  }
}

function oneOf(name: string, value: unknown, names: readonly string[]): void {
  if (typeof value === 'string' && names.includes(value)) return
  throw new TypeError(`${name} must be one of ${names.join(', ')}, got ${shown(value)}`)
}

/** Text in quotes, so that "5" is told from 5. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
