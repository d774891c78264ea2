import { JsonValueError } from './errors.ts'
import { jsonPath, type PathStep } from './json-path.ts'

/** Nesting past this is refused: a program that follows the value must not run out of stack. */
export const DEEPEST_NESTING = 1000

export interface PrintOptions {
  /** `true`: two spaces per level and one member a line, for people. Default false. */
  readonly pretty?: boolean
}

/**
 * Prints a value as JSON in one form only: equal values give equal text, on every machine. Keys are in
 * order of their UTF-16 code units, numbers as ECMAScript writes them, nothing is escaped that need not be.
 *
 * It is strict. What JSON cannot say is refused instead of dropped or turned into `null`: NaN and
 * infinities, BigInt, functions, symbols, `undefined` in an array, cycles, lone surrogates, and objects
 * that are more than their properties, such as `Map`. A member whose value is `undefined` is left out.
 * `toJSON` is called where an object has one.
 *
 * Source: RFC 8785, JSON Canonicalization Scheme, section 3.2. `pretty` adds white space only.
 * @throws {JsonValueError} naming the JSON path of what cannot be printed.
 */
export function printJson(value: unknown, options: PrintOptions = {}): string {
  const { pretty = false } = options
  const text = print(value, { pretty, path: [], ancestors: new Set() })
  if (text === undefined) throw new JsonValueError('$', 'undefined has no JSON form')
  return text
}

interface Position {
  readonly pretty: boolean
  readonly path: PathStep[]
  readonly ancestors: Set<object>
}

/** Answers undefined for `undefined` itself: only the container knows whether that may be left out. */
function print(given: unknown, at: Position): string | undefined {
  const value = typeof given === 'object' && given !== null ? replaced(given, at) : given
  switch (typeof value) {
    case 'string':
      return printString(value, at)
    case 'number':
      return Number.isFinite(value) ? String(value) : refuse(at, `${value} has no JSON form`)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'undefined':
      return undefined
    case 'object':
      return value === null ? 'null' : printContainer(value, at)
    case 'bigint':
      return refuse(at, `a BigInt (${String(value).slice(0, 40)}n) has no JSON form`)
    case 'function':
    case 'symbol':
    default:
      return refuse(at, `a ${typeof value} has no JSON form`)
  }
}

function replaced(value: object, at: Position): unknown {
  try {
    const { toJSON } = value as { readonly toJSON?: unknown }
    if (typeof toJSON !== 'function') return value
    return toJSON.call(value, String(at.path.at(-1) ?? '')) as unknown
  } catch (error) {
    return refuse(at, 'its toJSON threw', error)
  }
}

/** With the flag u, the two halves of a pair are one character and neither matches. */
const LONE_SURROGATE = /\p{Surrogate}/u

function printString(text: string, at: Position): string {
  if (LONE_SURROGATE.test(text)) refuse(at, 'half of a surrogate pair has no UTF-8 form')
  return JSON.stringify(text)
}

function printContainer(value: object, at: Position): string {
  if (at.ancestors.has(value)) refuse(at, 'a cycle: this object contains itself')
  if (at.ancestors.size === DEEPEST_NESTING) refuse(at, `nested deeper than ${DEEPEST_NESTING}`)
  at.ancestors.add(value)
  const text = Array.isArray(value) ? printArray(value, at) : printObject(value, at)
  at.ancestors.delete(value)
  return text
}

function printArray(items: readonly unknown[], at: Position): string {
  const parts: string[] = []
  // By index: an iterator could be overridden, and a hole must be seen as the undefined it is.
  for (let index = 0; index < items.length; index += 1) {
    at.path.push(index)
    parts.push(print(items[index], at) ?? refuse(at, 'undefined in an array has no JSON form'))
    at.path.pop()
  }
  return enclosed('[', parts, ']', at)
}

function printObject(value: object, at: Position): string {
  if (!isPlain(value)) {
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    refuse(at, `a ${tag} would lose what it holds; give it a toJSON or convert it`)
  }
  const parts: string[] = []
  // The default order of sort is the one RFC 8785 asks for: by UTF-16 code units.
  for (const key of Object.keys(value).toSorted()) {
    at.path.push(key)
    const member = print(read(value, key, at), at)
    if (member !== undefined) parts.push(`${printString(key, at)}:${at.pretty ? ' ' : ''}${member}`)
    at.path.pop()
  }
  return enclosed('{', parts, '}', at)
}

function read(value: object, key: string, at: Position): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch (error) {
    return refuse(at, 'its getter threw', error)
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.prototype.toString.call(value) === '[object Object]'
}

function enclosed(open: string, parts: readonly string[], close: string, at: Position): string {
  if (!at.pretty || parts.length === 0) return open + parts.join(',') + close
  const outer = '  '.repeat(at.ancestors.size - 1)
  return `${open}\n${outer}  ${parts.join(`,\n${outer}  `)}\n${outer}${close}`
}

function refuse(at: Position, reason: string, cause?: unknown): never {
  throw new JsonValueError(jsonPath(at.path), reason, cause)
}
