import {
  fanOut,
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import { choice, fraction, known, length, shown, whole } from './check.ts'
import type { BreakerFact } from './facts.ts'
import {
  FAILURE_KINDS,
  SLOW,
  WEIGHT_UNIT,
  type Ended,
  type FailureKind,
  type Judgement,
} from './kinds.ts'
import type { Limits } from './limits.ts'
import { checkedSnapshot, type BreakerSnapshot } from './snapshot.ts'
import type { OpenCause } from './cause.ts'
import type { Mode } from './state.ts'
import type { Window } from './window.ts'

export interface BreakerOptions {
  /** Told in errors and facts. Not empty. */
  readonly name: string
  /** Which calls are looked at. Default the last 100. */
  readonly window?: Window
  /** Below this many recorded calls nothing is decided; at most the size of a count window. Integer from 1 to 1 000 000. Default 10. */
  readonly minimumCalls?: number
  /** Opens when the share of failures is this or more. Over 0, to 1. Default 0.5. */
  readonly failureRatio?: number
  /** A call that took strictly longer is slow, whatever came of it. ms, finite and ≥ 0. Default: none is. */
  readonly slowMs?: number
  /** Opens when the share of slow calls is this or more. Over 0, to 1. Default 1. */
  readonly slowRatio?: number
  /** How long calls are refused before the first probe. ms, finite and ≥ 0, or a function that says so. */
  readonly openMs: number | ((opening: Opening) => number)
  /** Share by which the open time is moved, up or down, by chance. 0 to 1. Default 0. */
  readonly openJitter?: number
  readonly probes?: ProbeOptions
  /** Says what the end of a call tells about the service. Default `defaultJudge`, which also judges where this one throws. */
  readonly judge?: (ended: Ended) => Judgement
  /**
   * How much a failure of each kind counts, from 0 to 10, in steps of a millionth. 0: as if the call had not been made. The weight of
   * `slow` is also that of a call in the share of slow calls, that of `anomaly` decides whether `trip` is heard at all. Default 1, for `rejection` 0.
   */
  readonly weights?: Partial<Record<FailureKind, number>>
  /** How long `run` waits for a call, in ms, finite and > 0. Default: as long as it takes. */
  readonly timeoutMs?: number
  readonly mode?: Mode
  /** Whether a `CircuitOpenError` has a stack trace. Default false. */
  readonly errorStack?: boolean
  /** What an earlier breaker knew. */
  readonly snapshot?: BreakerSnapshot
  readonly clock?: Clock
  readonly random?: Random
  readonly observe?: Observe<BreakerFact>
}

export interface ProbeOptions {
  /** How many calls may be let through to look, and how many decide (or `minimumCalls`, if that is less). Integer from 1 to 1 000 000. Default 3. */
  readonly calls?: number
  /** Opens again when their share of failures is this or more. Over 0, to 1. Default that of the breaker. */
  readonly failureRatio?: number
  /** Opens again when they have not decided after this long. ms, finite and > 0. Default 60 000. */
  readonly maxMs?: number
  /** What becomes of callers of `run` beyond the probes: refused, or up to `queue` of them wait. Default `reject`. */
  readonly excess?: 'reject' | { readonly queue: number }
}

/** What the function `openMs` is told. */
export interface Opening {
  /** 1 when it opens after it was closed, 1 more each time the probes were not good. */
  readonly attempt: number
  /** Share of failures, 0 to 1; 1 when it opened for another reason. */
  readonly failureRatio: number
  readonly cause: OpenCause
}

/** Options, checked and filled in. */
export interface Rules {
  readonly name: string
  readonly window: Window
  readonly limits: Limits
  readonly probeLimits: Limits
  readonly probeCalls: number
  readonly probeMaxMs: number
  /** How many may wait for a probe. */
  readonly queue: number
  /** Infinity when no call is slow. */
  readonly slowMs: number
  readonly openMs: number | ((opening: Opening) => number)
  readonly openJitter: number
  readonly judge: ((ended: Ended) => Judgement) | undefined
  /** By code, in units of `WEIGHT_UNIT`. */
  readonly weights: readonly number[]
  readonly timeoutMs: number | undefined
  readonly mode: Mode
  readonly errorStack: boolean
  readonly clock: Clock
  readonly random: Random
  readonly observe: Observe<BreakerFact>
}

const NAMES: readonly (keyof BreakerOptions)[] = [
  'name',
  'window',
  'minimumCalls',
  'failureRatio',
  'slowMs',
  'slowRatio',
  'openMs',
  'openJitter',
  'probes',
  'judge',
  'weights',
  'timeoutMs',
  'mode',
  'errorStack',
  'snapshot',
  'clock',
  'random',
  'observe',
]
const LAST_100: Window = { kind: 'count', size: 100 }
const MOST_CALLS = 1_000_000
const LONGEST_WINDOW_S = 86_400
const HEAVIEST = 10

/** @throws {RangeError | TypeError} naming the option, what it may be and what it was. */
export function checkedOptions(options: BreakerOptions): Rules {
  known('options', options, NAMES)
  const { name, window = LAST_100, minimumCalls = 10, openMs } = options
  const { failureRatio = 0.5, slowMs, slowRatio = 1, openJitter = 0, timeoutMs } = options
  const { mode = 'active', errorStack = false, judge } = options
  const { clock = systemClock, random = systemRandom, observe = ignore } = options
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`name must be a text that is not empty, got ${shown(name)}`)
  }
  checkWindow(window)
  whole('minimumCalls', minimumCalls, 1, MOST_CALLS)
  fraction('failureRatio', failureRatio)
  fraction('slowRatio', slowRatio)
  if (slowMs !== undefined) length('slowMs', slowMs, '≥ 0')
  if (typeof openMs !== 'function') length('openMs', openMs, '≥ 0')
  if (!(typeof openJitter === 'number' && openJitter >= 0 && openJitter <= 1)) {
    throw new RangeError(`openJitter must be from 0 to 1, got ${shown(openJitter)}`)
  }
  if (timeoutMs !== undefined) length('timeoutMs', timeoutMs, '> 0')
  choice('mode', mode, ['active', 'disabled', 'observing'])
  choice('errorStack', errorStack, [true, false])
  for (const [key, value] of Object.entries({ judge, observe })) {
    if (value === undefined || typeof value === 'function') continue
    throw new TypeError(`${key} must be a function, got ${shown(value)}`)
  }
  if (options.snapshot !== undefined) checkedSnapshot(options.snapshot)
  const weights = options.weights === undefined ? DEFAULT_WEIGHTS : checkedWeights(options.weights)
  const isRow = window.kind === 'consecutive'
  const leastCalls = window.kind === 'count' ? Math.min(minimumCalls, window.size) : minimumCalls
  return {
    name,
    window,
    limits: { minimumCalls: leastCalls, failureRatio, slowRatio, isRow },
    ...checkedProbes(options.probes ?? {}, { minimumCalls, failureRatio, slowRatio }),
    // A call whose slowness counts nothing need not be timed.
    slowMs: weights[SLOW] === 0 ? Infinity : (slowMs ?? Infinity),
    openMs,
    openJitter,
    judge,
    weights,
    timeoutMs,
    mode,
    errorStack,
    clock,
    random,
    // A listener that throws is a bug, and surfaces as one; it must not change what becomes of a call.
    observe: observe === ignore ? observe : fanOut(observe),
  }
}

function checkWindow(window: Window): void {
  known('window', window, ['kind', 'size', 'seconds'])
  choice('window.kind', window.kind, ['count', 'time', 'consecutive'])
  if (window.kind === 'count') {
    known('window', window, ['kind', 'size'])
    whole('window.size', window.size, 1, MOST_CALLS)
  }
  if (window.kind === 'time') {
    known('window', window, ['kind', 'seconds'])
    whole('window.seconds', window.seconds, 1, LONGEST_WINDOW_S)
  }
  if (window.kind === 'consecutive') known('window', window, ['kind'])
}

function checkedProbes(
  probes: ProbeOptions,
  closed: Pick<Limits, 'minimumCalls' | 'failureRatio' | 'slowRatio'>,
): Pick<Rules, 'probeLimits' | 'probeCalls' | 'probeMaxMs' | 'queue'> {
  known('probes', probes, ['calls', 'failureRatio', 'maxMs', 'excess'])
  const { calls = 3, maxMs = 60_000, excess = 'reject' } = probes
  const { failureRatio = closed.failureRatio } = probes
  whole('probes.calls', calls, 1, MOST_CALLS)
  fraction('probes.failureRatio', failureRatio)
  length('probes.maxMs', maxMs, '> 0')
  if (typeof excess === 'object') {
    known('probes.excess', excess, ['queue'])
    whole('probes.excess.queue', excess.queue, 1, MOST_CALLS)
  } else choice('probes.excess', excess, ['reject'])
  return {
    probeLimits: {
      minimumCalls: Math.min(closed.minimumCalls, calls),
      failureRatio,
      slowRatio: closed.slowRatio,
      isRow: false,
    },
    probeCalls: calls,
    probeMaxMs: maxMs,
    queue: typeof excess === 'object' ? excess.queue : 0,
  }
}

function checkedWeights(weights: Partial<Record<FailureKind, number>>): readonly number[] {
  known('weights', weights, FAILURE_KINDS)
  const units = FAILURE_KINDS.map((kind) => {
    const weight = weights[kind] ?? (kind === 'rejection' ? 0 : 1)
    if (!(typeof weight === 'number' && weight >= 0 && weight <= HEAVIEST)) {
      throw new RangeError(`weights.${kind} must be from 0 to ${HEAVIEST}, got ${shown(weight)}`)
    }
    return Math.round(weight * WEIGHT_UNIT)
  })
  return [0, ...units]
}

/** Most breakers have these, so they share them. */
const DEFAULT_WEIGHTS: readonly number[] = checkedWeights({})
