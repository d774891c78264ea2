import type { RunTracker } from '@holdfast/run-state'

/** How things stand, line by line. */
export function report(tracker: RunTracker): string[] {
  const { contiguous, attempted, done, failed } = tracker.standing()
  const marks = `without a gap up to ${contiguous}; tried up to ${attempted}`
  return [
    `done: ${done}, ${marks}; failed: ${failed}`,
    ...tracker.failures().map((failure) => {
      const times = failure.attempts + failure.earlierAttempts
      return `failed ${times} times: ${failure.run}`
    }),
    ...tracker.gaps().map(({ from, to }) => `gap: ${from} to ${to}`),
  ]
}
