import { types } from 'node:util'
import { refuseUnknown } from './options.ts'
import { REDACTED, isSecretName, plainName, redactedText } from './secrets.ts'

export interface RedactOptions {
  /**
   * Names whose values nobody may read, beside those that are known (`password`, `apiKey`, `authorization`, `cookie`, `token` …). Case,
   * `-` and `_` make no difference. Default none.
   */
  readonly keys?: readonly string[]
  /** What nobody may read of a text, beside what is known (bearer tokens, `sk-…` keys, e-mail addresses …). Default none. */
  readonly patterns?: readonly RegExp[]
}

/** Makes a copy of a value that holds only what JSON can, and no secret. */
export type Redact = (value: unknown) => unknown

/** A name, as it is written, and what it says of what is kept under it. */
interface Name {
  readonly shown: string
  readonly isSecret: boolean
  /** Whether what it holds may be the name of what stands beside it, as in `{ name, value }`. */
  readonly isOfNames: boolean
  /** Whether that is what stands beside it. */
  readonly isOfValues: boolean
}

// A line is for reading: what is deeper or longer is not a fact but a dump.
const DEEPEST = 8
const MOST_ENTRIES = 200
/** In characters, of all texts and names in it; each value counts as ten more. */
const LONGEST_LINE = 262_144
/** Names that were looked at and are remembered: they are the same with every line. */
const MOST_NAMES = 1000
/** Longer texts, and those with a space in them, are no names. */
const NAME = /^\S{1,100}$/
const OF_NAMES = new Set(['name', 'key', 'header', 'field', 'path', 'param', 'property'])

/** What is being cleaned: how much of it there may yet be, and what the present value is in. */
interface Place {
  readonly line: { left: number }
  readonly above: readonly object[]
}

/**
 * Makes what cleans values before they are written. Secrets are known by the name they are kept under, or by their form
 * wherever they stand: in texts, names, messages and stacks of errors and of their causes. Never throws; what cannot be read
 * is said to be so. Errors become `{ type, message, stack, …what they carry, cause }`.
 * @throws {TypeError} for an unknown option, or one that is not what it must be.
 */
export function createRedact(options: RedactOptions = {}): Redact {
  refuseUnknown('redact', options, ['keys', 'patterns'])
  const { keys = [], patterns = [] } = options
  const names = new Set(keys.map(plainName))
  const more = patterns.map(everywhere)
  const text = (value: string): string => redactedText(value, more)

  const seen = new Map<string, Name>()
  const nameOf = (name: string): Name => {
    const known = seen.get(name)
    if (known !== undefined) return known
    const plain = plainName(name)
    const found = {
      shown: text(name),
      isSecret: isSecretName(name) || names.has(plain),
      isOfNames: OF_NAMES.has(plain),
      isOfValues: plain === 'value',
    }
    if (seen.size < MOST_NAMES) seen.set(name, found)
    return found
  }
  const isSecretsName = (value: unknown): boolean =>
    typeof value === 'string' && NAME.test(value) && nameOf(value).isSecret

  const clean = (value: unknown, { line, above }: Place): unknown => {
    line.left -= 10 + (typeof value === 'string' ? value.length : 0)
    if (line.left < 0) return '[left out]'
    if (typeof value === 'string') return text(value)
    if (typeof value === 'bigint') return text(String(value))
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
    }
    if (above.includes(value)) return '[circular]'
    if (above.length >= DEEPEST) return '[too deep]'
    const inside = { line, above: [...above, value] }
    const next = (inner: unknown): unknown => clean(inner, inside)
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return listOf(value, next)
    if (value instanceof Map || value instanceof Set) return listOf([...value], next)
    const { toJSON } = value as { readonly toJSON?: unknown }
    if (typeof toJSON === 'function') return next(toJSON.call(value))
    if (types.isBoxedPrimitive(value)) return next(value.valueOf())
    return entriesOf(value, next, line)
  }

  /** What comes after the name of a secret is one: so in a pair of a Map, and in a list such as `rawHeaders`. */
  const listOf = (values: readonly unknown[], next: Redact): unknown[] => {
    const list = values.slice(0, MOST_ENTRIES).map((value, at) => {
      const isSecret = at > 0 && isSecretsName(values[at - 1])
      return safely(() => (isSecret ? secretOf(value) : next(value))) ?? null
    })
    if (values.length > MOST_ENTRIES) list.push(`[${values.length - MOST_ENTRIES} more]`)
    return list
  }

  const entriesOf = (value: object, next: Redact, line: Place['line']): Record<string, unknown> => {
    // Without a prototype, so that a key named __proto__ is a key.
    const copy = Object.create(null) as Record<string, unknown>
    const fields = fieldsOf(value).map(([name, read]) => ({ ...nameOf(name), read }))
    const isNamed = fields.some(({ isOfNames, read }) => isOfNames && isSecretsName(safely(read)))
    for (const { shown, isSecret, isOfValues, read } of fields) {
      line.left -= shown.length
      const isHidden = isSecret || (isNamed && isOfValues)
      const inner = safely(() => (isHidden ? secretOf(read()) : next(read())))
      if (inner !== undefined) copy[shown] = inner
    }
    return copy
  }
  return (value) => safely(() => clean(value, { line: { left: LONGEST_LINE }, above: [] }))
}

/** The fields of a clean copy; of what has none, such as a fact that cannot be read, the copy itself under `fact`. */
export function cleanFields(clean: Redact, fact: unknown): Readonly<Record<string, unknown>> {
  const copy = clean(fact)
  const hasFields = typeof copy === 'object' && copy !== null && !Array.isArray(copy)
  return hasFields ? (copy as Record<string, unknown>) : { fact: copy }
}

/** That there is none is no secret, and often what one wants to know. */
function secretOf(value: unknown): unknown {
  return value === undefined || value === null || value === '' ? value : REDACTED
}

/** An object's first fields with how to read each; of an error also those that it does not show. */
function fieldsOf(value: object): [name: string, read: () => unknown][] {
  const fields = value as Readonly<Record<string, unknown>>
  const own = Object.keys(value)
    .slice(0, MOST_ENTRIES)
    .map((name): [string, () => unknown] => [name, () => fields[name]])
  if (!isError(value)) return own
  const hidden = ['message', 'stack', 'cause', 'errors'].filter((name) => name in value)
  return [
    ['type', () => value.name],
    ...hidden.map((name): [string, () => unknown] => [name, () => fields[name]]),
    ...own.filter(([name]) => name !== 'name' && !hidden.includes(name)),
  ]
}

/** Also one of another realm, such as a `vm`'s or a test runner's. */
const isError = (value: object): value is Error =>
  value instanceof Error || types.isNativeError(value)

/** A getter or a proxy of someone else's may throw, and a line must not fail for it. */
function safely(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    // What went wrong is theirs; that nothing could be read is all that can be told.
    return '[unreadable]'
  }
}

/** The same pattern, finding every place. */
function everywhere(pattern: RegExp): RegExp {
  if (!(pattern instanceof RegExp)) {
    throw new TypeError(`patterns must be regular expressions, got ${String(pattern)}`)
  }
  return pattern.global ? pattern : new RegExp(pattern.source, `${pattern.flags}g`)
}
