/** What is to be run every day, and by whom. */
export interface Job {
  /** Letters, digits, `.`, `_` and `-`. Files, labels and tasks have it. */
  readonly name: string
  /** By the clock on the wall. */
  readonly at: TimeOfDay
  /** The program and its arguments, as they are to arrive. */
  readonly command: readonly string[]
  /** The account that it runs as, for the whole machine; null: whoever installs it, for himself. */
  readonly account: string | null
  /** Where the answers go that no scheduler keeps. Absolute. */
  readonly log: string
}

export interface TimeOfDay {
  readonly hour: number
  readonly minute: number
}

export const DESCRIPTION = 'Holdfast: the daily promotion'
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

/** The next moment after `nowMs` at which the clock on the wall of this machine shows it, in ms since 1970. */
export function nextAt({ hour, minute }: TimeOfDay, nowMs: number): number {
  const today = new Date(nowMs)
  today.setHours(hour, minute, 0, 0)
  if (today.getTime() > nowMs) return today.getTime()
  today.setDate(today.getDate() + 1)
  return today.setHours(hour, minute, 0, 0)
}
