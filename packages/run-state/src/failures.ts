/** A run that failed, and how often. */
export interface RunFailure {
  readonly run: number
  /** How many tries have failed, ≥ 0. 0: found missing, so that nothing is known of tries. */
  readonly attempts: number
  /** When it failed last, in ms since 1970. 0: not known, so nothing keeps it from being tried at once. */
  readonly failedAtMs: number
  /** `true`: trying again is of no use. */
  readonly isPermanent: boolean
}

/** What becomes of a failure when the run fails (once more) at that moment. */
export function failedAgain(
  before: RunFailure | undefined,
  run: number,
  atMs: number,
  isPermanent: boolean,
): RunFailure {
  if (before === undefined) return { run, attempts: 1, failedAtMs: atMs, isPermanent }
  // The same result may be taken in twice, when a write was made but could not be confirmed.
  const isKnown = before.attempts > 0 && before.failedAtMs === atMs
  return {
    run,
    attempts: before.attempts + (isKnown ? 0 : 1),
    failedAtMs: Math.max(before.failedAtMs, atMs),
    isPermanent,
  }
}

/** Failures as one line of text: `run/attempts/failedAtMs`, and `/permanent` behind those that are. By run, ascending. */
export function printFailures(failures: Iterable<RunFailure>): string {
  return [...failures]
    .toSorted((a, b) => a.run - b.run)
    .map(({ run, attempts, failedAtMs, isPermanent }) => {
      const text = `${run}/${attempts}/${failedAtMs}`
      return isPermanent ? `${text}/permanent` : text
    })
    .join(' ')
}

/** @returns what is wrong, for a text that `printFailures` did not make. */
export function parseFailures(
  text: string,
): Map<number, RunFailure> | { readonly problem: string } {
  const failures = new Map<number, RunFailure>()
  if (text === '') return failures
  for (const part of text.split(' ')) {
    const [, ...numbers] = /^(\d+)\/(\d+)\/(\d+)(?:\/permanent)?$/.exec(part) ?? []
    const [run = 0, attempts = 0, failedAtMs = 0] = numbers.map(Number)
    if (numbers.length === 0 || !numbers.every((number) => Number.isSafeInteger(Number(number)))) {
      return { problem: `"${part.slice(0, 40)}" is no failure` }
    }
    const isPermanent = part.endsWith('/permanent')
    failures.set(run, { run, attempts, failedAtMs, isPermanent })
  }
  return failures
}
