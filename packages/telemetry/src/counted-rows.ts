import type { CounterRow, Fact } from '@holdfast/seams'

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*_total$/
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/

/** A fact as fields that may or may not be there. */
type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

/**
 * Rows by the kind of fact that they count, in the order given.
 * @throws {RangeError} naming the row and the field that is not as it must be, or the name that two rows have.
 */
export function rowsByKind(
  rows: readonly CounterRow[],
): ReadonlyMap<string, readonly CounterRow[]> {
  const names = new Set<string>()
  const planned = new Map<string, CounterRow[]>()
  for (const row of rows) {
    checkRow(row)
    if (names.has(row.name)) throw new RangeError(`rows: two of them are named ${row.name}`)
    names.add(row.name)
    const ofKind = planned.get(row.kind)
    if (ofKind === undefined) planned.set(row.kind, [row])
    else ofKind.push(row)
  }
  return planned
}

function checkRow({ name, help, kind, labels = [], amount }: CounterRow): void {
  if (!NAME.test(name)) {
    throw new RangeError(`rows: name must be a Prometheus name ending in _total, got "${name}"`)
  }
  const wrong = (field: string, may: string, seen: unknown): RangeError =>
    new RangeError(`rows: ${name}: ${field} must be ${may}, got ${JSON.stringify(seen)}`)
  if (typeof help !== 'string' || help === '') throw wrong('help', 'some text', help)
  if (typeof kind !== 'string' || kind === '') throw wrong('kind', 'a kind of fact', kind)
  if (amount === '') throw wrong('amount', 'a field of the fact', amount)
  const unfit = labels.find((label) => !LABEL.test(label))
  if (unfit !== undefined) throw wrong('labels', 'Prometheus label names', unfit)
  if (new Set(labels).size < labels.length)
    throw wrong('labels', 'different from one another', labels)
}

/** What a fact adds to a row's counter; null if its field holds no number ≥ 0, which a counter cannot take. */
export function amountOf({ amount }: CounterRow, fact: Fact): number | null {
  if (amount === undefined) return 1
  const value = (fact as unknown as Fields)[amount]
  return typeof value === 'number' && value >= 0 && value < Infinity ? value : null
}

/** A label's value. What is not there, or null, is the empty text, which to Prometheus is no label. Never throws. */
export function labelValue(fact: Fact, label: string): string {
  try {
    const value = (fact as unknown as Fields)[label]
    return value === undefined || value === null ? '' : String(value)
  } catch {
    // A getter threw, or an object has no text. The fact happened all the same.
    return '[unreadable]'
  }
}

/** A text as it is in UTF-8: half a character is written as U+FFFD, whichever half it is, and so is one series from the start. */
export const asWritten = (value: string): string => Buffer.from(value).toString()
