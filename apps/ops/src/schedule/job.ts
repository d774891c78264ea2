import { EXIT, type ExitCode } from '../exit-codes.ts'

/** What is to be run again and again, when, and by whom. */
export interface Job {
  /** Letters, digits, `.`, `_` and `-`. Files, labels and tasks have it. */
  readonly name: string
  /** What people read of it. */
  readonly title: string
  readonly at: When
  /** The program and its arguments, as they are to arrive. */
  readonly command: readonly string[]
  /** Exit codes that are an answer and no failure, beside 0. */
  readonly answers: readonly ExitCode[]
  /** The account that it runs as, for the whole machine; null: whoever installs it, for himself. */
  readonly account: string | null
  /** Where the answers go that no scheduler keeps. Absolute. */
  readonly log: string
}

/** By the clock on the wall. */
export interface TimeOfDay {
  readonly hour: number
  readonly minute: number
}

/** When it is run: every day, or on the first of every month. */
export interface When extends TimeOfDay {
  readonly every: 'day' | 'month'
}

/** What can be scheduled, as it is where nobody says otherwise. */
export const JOBS = {
  promote: {
    title: 'Holdfast: the daily promotion',
    // Five past nine, as the daily job always ran.
    at: { hour: 9, minute: 5, every: 'day' },
    words: ['promote', 'auto', '--require-tri', '--json'],
    // Nothing is proven yet; another is at it; someone froze the rollout. A no-go, or the rollback that it led to, wants a person.
    answers: [EXIT.inconclusive, EXIT.locked, EXIT.frozen],
  },
  archive: {
    title: 'Holdfast: the monthly archive of the ledger',
    at: { hour: 3, minute: 35, every: 'month' },
    words: ['ledger', 'archive', '--yes', '--json'],
    answers: [EXIT.locked],
  },
} as const satisfies Record<
  string,
  Pick<Job, 'title' | 'at' | 'answers'> & { words: readonly string[] }
>

export type JobName = keyof typeof JOBS

/** What a job is called unless it is told otherwise. */
export const usualName = (job: JobName): string => `holdfast-${job}`

/** By this line a file is known to be one of this command's. */
export const MADE_BY =
  'Made by `holdfast schedule install`; `holdfast schedule uninstall` takes it away.'
/** How long a run may take, in minutes; its lock counts as left behind after as long. */
export const LONGEST_MINUTES = 30

/** @throws {RangeError} unless it is a time as `09:05`. */
export function readTime(text: string): TimeOfDay {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  if (hour === undefined) throw new RangeError('It must be a time of day, as 09:05.')
  return { hour: Number(hour), minute: Number(minute) }
}

/** @throws {RangeError} unless every scheduler takes it as a name. */
export function readName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text
  throw new RangeError(
    'It must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.',
  )
}

export const two = (value: number): string => String(value).padStart(2, '0')

export const timeText = ({ hour, minute }: TimeOfDay): string => `${two(hour)}:${two(minute)}`

/** How often, in words. */
export const PERIODS = { day: 'every day', month: 'on the first of every month' } as const

export const whenText = (at: When): string => `${PERIODS[at.every]} at ${timeText(at)}`

/** The next moment after `nowMs` at which the clock on the wall of this machine shows it, in ms since 1970. */
export function nextAt({ hour, minute, every }: When, nowMs: number): number {
  const next = new Date(nowMs)
  if (every === 'month') next.setDate(1)
  next.setHours(hour, minute, 0, 0)
  if (next.getTime() > nowMs) return next.getTime()
  if (every === 'month') next.setMonth(next.getMonth() + 1)
  else next.setDate(next.getDate() + 1)
  return next.setHours(hour, minute, 0, 0)
}
