/** A temporary file, as a sweep sees it. */
export interface Leftover {
  /** Since it was last written to, in ms; below 0 when a clock was set back. */
  readonly ageMs: number
  readonly isWriterAlive: boolean
}

/**
 * A pid says nothing about a writer on another machine or in another container that shares this
 * directory, so a writer who looks dead here is also given time. Ten minutes without one written byte
 * is far past what a live write needs.
 */
export const DEAD_WRITER_AGE_MS: number = 10 * 60_000

/** A pid is given out again, so the living must not protect a file for ever either. */
export const ANY_WRITER_AGE_MS: number = 24 * 60 * 60_000

/** Decides whether a temporary file will never be finished by whoever began it. */
export function isAbandoned({ ageMs, isWriterAlive }: Leftover): boolean {
  return ageMs >= (isWriterAlive ? ANY_WRITER_AGE_MS : DEAD_WRITER_AGE_MS)
}
