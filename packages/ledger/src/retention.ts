import { dayOf } from './timestamp.ts'

const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/

/**
 * The months of the archive that are too old to be kept. They are counted back from now, or from the newest segment where that is
 * earlier: a clock that is a year ahead must not cost a year.
 * @param days of all segments, `YYYY-MM-DD`.
 * @param keepMonths how many whole months are kept beside the one counted from.
 */
export function monthsToPrune(
  months: readonly string[],
  days: readonly string[],
  nowMs: number,
  keepMonths: number,
): string[] {
  const newest = days.reduce((latest, day) => (day > latest ? day : latest), '')
  const today = dayOf(nowMs)
  const from = monthNumber(newest < today ? newest : today)
  return months
    .filter((month) => MONTH.test(month) && monthNumber(month) < from - keepMonths)
    .toSorted()
}

/** Months since the year 0. */
const monthNumber = (day: string): number =>
  Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1
