const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/**
 * Numbers as a row of bars, one character each, from the least to the greatest. Null is a gap: nothing was measured.
 * @param range what the lowest and the highest bar stand for. Default: least and greatest of the numbers.
 */
export function sparkline(
  values: readonly (number | null)[],
  range?: { readonly from: number; readonly to: number },
): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return ' '.repeat(values.length)
  const from = range?.from ?? Math.min(...known)
  const to = range?.to ?? Math.max(...known)
  return values
    .map((value) => {
      if (value === null) return ' '
      const share = to > from ? (value - from) / (to - from) : 0.5
      const step = Math.floor(Math.min(1, Math.max(0, share)) * BARS.length)
      return BARS[Math.min(step, BARS.length - 1)] ?? ''
    })
    .join('')
}
