import { systemClock, type Clock, type Fact, type Observe } from '@holdfast/seams'
import { pino, type DestinationStream, type Level, type Logger } from 'pino'
import { byKind, type Ears } from './by-kind.ts'
import { integerFrom, refuseUnknown } from './options.ts'
import { cleanFields, createRedact, type Redact, type RedactOptions } from './redact.ts'

/** How facts of one kind become lines of a log. */
export interface LogLine<F extends Fact = Fact> {
  readonly level: Level | ((fact: F) => Level)
  /** What the line says; null for a fact that is worth none. */
  readonly message: string | ((fact: F) => string | null)
  /**
   * One line for so many facts of this kind: for the first, and then for every so many after it. An integer ≥ 1; default 1, each. A
   * line that stands for others says in `leftOut` how many were told since the line before it.
   */
  readonly every?: number
  /**
   * Which facts of this kind are alike, so that `every` counts them by themselves: those of the same text. The first of each has its
   * line. After a thousand texts, new ones are counted together. Default all are alike.
   */
  readonly per?: (fact: F) => string
  /** Kinds of trouble that this fact ends: the next of those has its line again, whatever their `every`. Default none. */
  readonly ends?: readonly string[]
}

/** Which facts make which line. A kind that is not there makes none. */
export type LogLines<F extends Fact = Fact> = {
  readonly [K in F['kind']]?: LogLine<Extract<F, { readonly kind: K }>>
}

export interface LogFactsOptions {
  /** Where lines go: a `pino.destination`, a stream, anything with `write`. */
  readonly destination: DestinationStream
  /** The name of the program, in every line. Default none. */
  readonly name?: string
  /** The least level that is written. Default `info`. */
  readonly level?: Level | 'silent'
  /** What is secret beside what is known to be. */
  readonly redact?: RedactOptions
  /** Whose time the lines have. Default the machine's. */
  readonly clock?: Clock
}

/**
 * Writes facts as lines of JSON, with pino: level, time, message, and every field of the fact. What is secret by its name or by its
 * form is left out of all of them, see `createRedact`. A field `error` is written as `err`; a field that would take the place of
 * one of the line's own, such as `name`, is written as `factName`.
 * @throws {RangeError | TypeError} for an unknown option, and for one or a line that is not as it must be.
 */
export function logFacts<F extends Fact>(lines: LogLines<F>, options: LogFactsOptions): Observe<F> {
  refuseUnknown('logFacts', options, ['destination', 'name', 'level', 'redact', 'clock'])
  const { destination, name, level = 'info', clock = systemClock } = options
  const clean = createRedact(options.redact)
  const log = pino(
    {
      ...(name === undefined ? {} : { name }),
      level,
      timestamp: () => `,"time":${clock.wallMs()}`,
      // What is written is clean and plain already.
      serializers: { err: (value: unknown) => value },
    },
    destination,
  )
  const told = new Map<string, Map<string, number>>()
  const table = Object.entries(lines) as [string, LogLine<F> | undefined][]
  const ears = table.flatMap(([kind, line]) =>
    line === undefined ? [] : [[kind, writer(kind, line, { log, clean, told })]],
  )
  return byKind<F>(Object.fromEntries(ears) as Ears<F>)
}

interface Desk {
  readonly log: Logger
  readonly clean: Redact
  /** How many facts of a kind were told since its count last began, by what makes them alike. */
  readonly told: Map<string, Map<string, number>>
}

/** What writes the facts of one kind. */
function writer<F extends Fact>(kind: string, line: LogLine<F>, desk: Desk): Observe<F> {
  refuseUnknown(`the line of ${kind}`, line, ['level', 'message', 'every', 'per', 'ends'])
  const { level, message, every = 1, per = () => '', ends = [] } = line
  const { log, clean, told } = desk
  integerFrom(1, `${kind}: every`, every)
  if (typeof level === 'string' && log.levels.values[level] === undefined) {
    const levels = Object.keys(log.levels.values).join(', ')
    throw new RangeError(`${kind}: level must be one of ${levels}, got ${JSON.stringify(level)}`)
  }
  return (fact) => {
    for (const ended of ends) told.delete(ended)
    const text = typeof message === 'string' ? message : message(fact)
    if (text === null) return
    const count = every === 1 ? 0 : countOf(told, kind, per(fact))
    const at = typeof level === 'string' ? level : level(fact)
    if (count % every !== 0 || !log.isLevelEnabled(at)) return
    const leftOut = count === 0 ? {} : { leftOut: every - 1 }
    log[at]({ ...ownApart(cleanFields(clean, fact)), ...leftOut }, String(clean(text)))
  }
}

/** How many alike were told before this one, which counts from now on. */
function countOf(told: Desk['told'], kind: string, text: string): number {
  const ofKind = told.get(kind) ?? new Map<string, number>()
  told.set(kind, ofKind)
  const alike = ofKind.has(text) || ofKind.size < MOST_ALIKE ? text : ''
  const count = ofKind.get(alike) ?? 0
  ofKind.set(alike, count + 1)
  return count
}

/** How many texts of `per` are kept apart. */
const MOST_ALIKE = 1000

// A second field of such a name would make a line that programs read in different ways.
const OWN = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err', 'leftOut'])

function ownApart(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === 'error') return ['err', value]
      return [OWN.has(name) ? `fact${name.charAt(0).toUpperCase()}${name.slice(1)}` : name, value]
    }),
  )
}
