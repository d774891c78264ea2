import { LedgerLineError, shown } from './errors.ts'
import { timestampMs } from './timestamp.ts'

/** What was decided. Beside these fields it holds whatever a report may ask for. */
export interface DecisionLine {
  readonly v: 1
  readonly kind: 'decision'
  /** Names the decision; 1 to 200 characters. */
  readonly id: string
  /** When it was made: RFC 3339, with `Z` or an offset. */
  readonly t: string
  /** What was chosen, and with which probability under everything that had a say: policy, stage, masks, caps. */
  readonly route: string
  readonly p: number
}

/** What came of a decision, whole or in parts, one line each. */
export interface OutcomeLine {
  readonly v: 1
  readonly kind: 'outcome' | 'reward'
  /** Of the decision. */
  readonly id: string
  readonly t: string
  /** Which part this is. A decision has each part once. Default the empty name. */
  readonly part?: string
  readonly reward?: number | null
  readonly rewards?: Rewards
}

/** What came of a decision, in measures. */
export interface Rewards {
  readonly immediate?: { readonly tri_delta_norm?: number | null }
  readonly deployment?: {
    /** 1 if the service level was kept, else 0. */
    readonly slo_ok?: number | boolean | null
    /** 1 if it was rolled back, else 0. */
    readonly rollback?: number | boolean | null
    readonly error_rate?: number | null
  }
}

/** A line to be written. More fields than these may be there, but for `n` and `h`, which are the ledger's own. */
export type LedgerLine = DecisionLine | OutcomeLine

/** A line as text, ready for its place in a chain. */
export interface LineText {
  /** A JSON object without its closing brace. */
  readonly text: string
  readonly tMs: number
}

/** Longest line, in characters of UTF-16 and in bytes. What is longer is no line of a ledger. */
export const LONGEST_LINE: number = 1024 * 1024
const LONGEST_ID = 200
const KINDS: readonly unknown[] = ['decision', 'outcome', 'reward']

/**
 * Writes a line as text, the fields that every line has in front, so that a reader finds them without parsing the rest.
 * @throws {LedgerLineError} naming the field.
 */
export function lineText(line: LedgerLine): LineText {
  if (typeof line !== 'object' || line === null)
    throw new LedgerLineError('line', 'an object', line)
  const { v, kind, id, t, ...fields } = line
  if (v !== 1) throw new LedgerLineError('v', '1', v)
  if (!KINDS.includes(kind)) throw new LedgerLineError('kind', KINDS.map(shown).join(' or '), kind)
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID) {
    throw new LedgerLineError('id', `a string of 1 to ${LONGEST_ID} characters`, id)
  }
  const tMs = typeof t === 'string' ? timestampMs(t) : Number.NaN
  if (Number.isNaN(tMs)) throw new LedgerLineError('t', 'a date and time with its offset', t)
  if ('n' in fields || 'h' in fields) {
    throw new LedgerLineError('line', 'without the fields n and h, which the ledger writes', line)
  }
  checkFields(line)
  const rest = printed(fields)
  const front = `{"v":1,"kind":"${kind}","id":${JSON.stringify(id)},"t":"${t}"`
  const text = rest === '{}' ? front : `${front},${rest.slice(1, -1)}`
  // Its place in the chain and its line feed come on top.
  const mostBytes = LONGEST_LINE - 100
  if (text.length > mostBytes || Buffer.byteLength(text) > mostBytes) {
    throw new LedgerLineError('line', `shorter than ${mostBytes} bytes`, text.length)
  }
  return { text, tMs }
}

function checkFields(line: LedgerLine): void {
  if (line.kind === 'decision') {
    const { route, p } = line
    if (typeof route !== 'string' || route === '') {
      throw new LedgerLineError('route', 'a string that is not empty', route)
    }
    if (!(typeof p === 'number' && p >= 0 && p <= 1)) {
      throw new LedgerLineError('p', 'a number from 0 to 1', p)
    }
    return
  }
  const { part, reward } = line
  if (part !== undefined && typeof part !== 'string') {
    throw new LedgerLineError('part', 'a string', part)
  }
  if (reward !== undefined && reward !== null && !Number.isFinite(reward)) {
    throw new LedgerLineError('reward', 'a finite number or null', reward)
  }
}

function printed(fields: object): string {
  try {
    return JSON.stringify(fields)
  } catch (error) {
    throw new LedgerLineError('line', 'a value that has a JSON form', fields, error)
  }
}
