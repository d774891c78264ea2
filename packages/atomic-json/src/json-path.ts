/** One step into a value: a member's name or an item's index. */
export type PathStep = string | number

/** A path of more steps than this is shortened in the middle: it is for people to read. */
const LONGEST_PATH = 40

/** Writes the way to one place in a value, as RFC 9535 would: `$.arms[3]["fast route"]`. */
export function jsonPath(steps: readonly PathStep[]): string {
  if (steps.length <= LONGEST_PATH) return `$${written(steps)}`
  const half = LONGEST_PATH / 2
  return `$${written(steps.slice(0, half))} … ${written(steps.slice(-half))}`
}

function written(steps: readonly PathStep[]): string {
  return steps
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
    })
    .join('')
}
