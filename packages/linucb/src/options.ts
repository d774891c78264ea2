import {
  ignore,
  systemClock,
  systemRandom,
  type Clock,
  type Observe,
  type Random,
} from '@holdfast/seams'
import type { KernelChoice } from './choose-kernel.ts'
import { shown } from './errors.ts'
import type { LinUCBFact } from './fact.ts'
import { checkId, LARGEST } from './input.ts'
import { checkPrior, type Prior } from './prior.ts'

export interface LinUCBOptions {
  /** Ids of the arms to choose from: at least one, unique, non-empty, not `__proto__`. */
  readonly arms: readonly string[]
  /** d, the length of every context. Integer from 1 to 4096. */
  readonly dim: number
  /** Width of the confidence bound, 0 to 10⁶. 0 exploits only. Default 0.1. */
  readonly alpha?: number
  /** λ of the ridge, 10⁻⁹ to 10⁹. Larger: early rewards move the estimate less. Default 1. */
  readonly ridge?: number
  /**
   * The reward an arm is believed to bring before it is tried, through the bias. The largest possible
   * reward makes every arm worth a try. From −10⁹ to 10⁹. Default 1.
   */
  readonly priorMean?: number
  /** Which entry of a context is the constant 1; null: none, and `priorMean` is not used. Default 0. */
  readonly biasIndex?: number | null
  /** Probability of choosing uniformly among the allowed arms, 0 to 1. Default 0.02. */
  readonly epsilon?: number
  /**
   * How far below the best an arm's score may lie and still be explored by `epsilon`, in units of
   * reward, > 0. What is known to be far worse is then never tried by chance, and exploring costs at
   * most `epsilon · exploreWithin` a decision by the model's own bounds; but such an arm has
   * probability 0, so nothing can be said of it from the decisions alone. Default Infinity.
   */
  readonly exploreWithin?: number
  /**
   * Who is chosen when nobody else may be. One of the arms, or an id of its own that is never chosen
   * otherwise. Default: the last of `arms`.
   */
  readonly guardrail?: string
  /** What was known beforehand, for example from `priorFromTable`. Default: nothing. */
  readonly prior?: Prior
  /** Chance for decisions made without an id. Default `systemRandom`. */
  readonly random?: Random
  readonly observe?: Observe<LinUCBFact>
  /** Dates the last update. Default `systemClock`. */
  readonly clock?: Clock
  /**
   * What computes: WebAssembly with SIMD, plain JavaScript, or whichever of the two the host can run, the
   * first if it can. Both decide the same. Default `auto`.
   */
  readonly kernel?: KernelChoice
}

/** Options, checked, with the defaults filled in. */
export type Settings = Required<Omit<LinUCBOptions, 'prior'>> & {
  readonly prior: Prior | undefined
}

/**
 * @throws {RangeError} or {TypeError} naming the field, what it may be and what it was.
 */
export function checkedOptions(options: LinUCBOptions): Settings {
  const {
    arms,
    dim,
    alpha = 0.1,
    ridge = 1,
    priorMean = 1,
    biasIndex = 0,
    epsilon = 0.02,
    exploreWithin = Infinity,
  } = options
  const { prior, random = systemRandom, observe = ignore, clock = systemClock } = options
  const { kernel = 'auto' } = options
  checkArms(arms)
  const guardrail = options.guardrail ?? arms.at(-1)!
  checkId('guardrail', guardrail)
  checkInteger('dim', dim, 1, 4096)
  checkNumber('alpha', alpha, 0, 1e6)
  checkNumber('ridge', ridge, 1e-9, 1e9)
  checkNumber('priorMean', priorMean, -LARGEST, LARGEST)
  if (biasIndex !== null) checkInteger('biasIndex', biasIndex, 0, dim - 1)
  checkNumber('epsilon', epsilon, 0, 1)
  if (!(exploreWithin > 0)) {
    throw new RangeError(`exploreWithin must be > 0, got ${shown(exploreWithin)}`)
  }
  if (kernel !== 'auto' && kernel !== 'plain' && kernel !== 'wasm') {
    throw new RangeError(`kernel must be "auto", "plain" or "wasm", got ${shown(kernel)}`)
  }
  if (prior !== undefined) checkPrior(prior, dim)
  return {
    arms: [...arms],
    dim,
    alpha,
    ridge,
    priorMean,
    biasIndex,
    epsilon,
    exploreWithin,
    guardrail,
    prior,
    random,
    observe,
    clock,
    kernel,
  }
}

function checkArms(arms: readonly string[]): void {
  if (!Array.isArray(arms)) throw new TypeError(`arms must be an array of ids, got ${shown(arms)}`)
  if (arms.length === 0) throw new RangeError('arms must name at least one arm, got an array of 0')
  for (const [i, id] of arms.entries()) {
    checkId(`arms[${i}]`, id)
    if (arms.indexOf(id) !== i)
      throw new RangeError(`arms[${i}] must be unique, got ${shown(id)} twice`)
  }
}

function checkInteger(field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new RangeError(`${field} must be an integer from ${min} to ${max}, got ${shown(value)}`)
}

function checkNumber(field: string, value: number, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return
  throw new RangeError(`${field} must be a number from ${min} to ${max}, got ${shown(value)}`)
}
