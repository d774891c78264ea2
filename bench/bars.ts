/** What was found, and whether that is within its bar. Empty: it has none. */
export interface Judged {
  readonly found: number | undefined
  readonly bar: 'met' | 'MISSED' | ''
}

const BAR = /\(bar (?:([≤≥]) ([\d.]+(?: \d{3})*))?/

/**
 * What was found, by name, beside the bars that the names hold: `(bar ≤ 1.4)`, `(bar ≥ 15 000)`. What is not there misses its bar.
 * @throws {RangeError} for a name whose bar cannot be read.
 */
export function againstBars(
  found: Readonly<Record<string, number | undefined>>,
): Record<string, Judged> {
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, { found: value, bar: judge(name, value) }]),
  )
}

function judge(name: string, value = Number.NaN): Judged['bar'] {
  const read = BAR.exec(name)
  if (read === null) return ''
  const [, sign, number] = read
  if (number === undefined) {
    throw new RangeError(`bars: must be (bar ≤ number) or (bar ≥ number), got "${name}"`)
  }
  const bar = Number(number.replaceAll(' ', ''))
  return (sign === '≤' ? value <= bar : value >= bar) ? 'met' : 'MISSED'
}
