/** A run that failed, and how often. */
export interface RunFailure {
  readonly run: number
  /** How many tries have failed, ≥ 0. 0: none since it was found missing, or since someone wanted it tried anew. */
  readonly attempts: number
  /** How many had failed before someone wanted it tried anew, ≥ 0. */
  readonly earlierAttempts: number
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
  const { attempts = 0, earlierAttempts = 0, failedAtMs = 0 } = before ?? {}
  return {
    run,
    attempts: attempts + 1,
    earlierAttempts,
    failedAtMs: Math.max(failedAtMs, atMs),
    isPermanent,
  }
}

/** What becomes of a failure that is to be tried anew: its tries are counted from 0, and no longer stand in the way. */
export function triedAnew(before: RunFailure): RunFailure {
  const earlierAttempts = before.earlierAttempts + before.attempts
  return { ...before, attempts: 0, earlierAttempts, isPermanent: false }
}

/**
 * Failures as one line of text, by run, ascending: `run/attempts/failedAtMs`, then `/earlierAttempts` where there are any, then
 * `/permanent` where it is.
 */
export function printFailures(failures: Iterable<RunFailure>): string {
  return [...failures]
    .toSorted((a, b) => a.run - b.run)
    .map(({ run, attempts, earlierAttempts, failedAtMs, isPermanent }) =>
      [run, attempts, failedAtMs, earlierAttempts || null, isPermanent ? 'permanent' : null]
        .filter((part) => part !== null)
        .join('/'),
    )
    .join(' ')
}

/** @returns what is wrong, for a text that `printFailures` did not make. */
export function parseFailures(
  text: string,
): Map<number, RunFailure> | { readonly problem: string } {
  const failures = new Map<number, RunFailure>()
  if (text === '') return failures
  let last = 0
  for (const part of text.split(' ')) {
    const [, ...found] = /^(\d+)\/(\d+)\/(\d+)(?:\/(\d+))?(?:\/permanent)?$/.exec(part) ?? []
    const numbers = found.map((digits: string | undefined) => Number(digits ?? 0))
    const [run = 0, attempts = 0, failedAtMs = 0, earlierAttempts = 0] = numbers
    // The first run that can be is 1, and each is there once, in order.
    if (run <= last || !numbers.every(Number.isSafeInteger)) {
      return { problem: `"${part.slice(0, 40)}" is no failure, or not in its place` }
    }
    last = run
    const isPermanent = part.endsWith('/permanent')
    failures.set(run, { run, attempts, earlierAttempts, failedAtMs, isPermanent })
  }
  return failures
}
