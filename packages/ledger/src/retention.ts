const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/

/** What is too old to be kept. */
export interface Retention {
  /** The months to remove, in their order. */
  readonly months: readonly string[]
  /** The first month that is kept, whether there is anything of it or not; empty where nothing was written. */
  readonly before: string
  /** A later month that was not believed, because of which nothing is removed that otherwise would be; null mostly. */
  readonly doubted: string | null
}

/**
 * The months that are too old to be kept: counted back from the newest that is over or runs. Where longer than `keepMonths` nothing was
 * written before that, a clock may be years ahead, of who writes and archives alike, which must not cost years. So what comes after such a gap counts
 * when it has more than `keepMonths` months itself.
 * @param months of all segments, `YYYY-MM`, and others that lie in the archive.
 * @param month of now.
 * @param keepMonths how many whole months are kept beside the one counted from.
 */
export function monthsToPrune(
  months: readonly string[],
  month: string,
  keepMonths: number,
): Retention {
  const all = [...new Set(months)].filter((name) => MONTH.test(name)).toSorted()
  const past = all.filter((name) => name <= month)
  const newest = past.at(-1)
  if (newest === undefined) return { months: [], before: '', doubted: null }
  const firstKept = (from: string): string => monthName(monthNumber(from) - keepMonths)
  const before = firstKept(lastBelieved(past, keepMonths))
  const pruned = all.filter((name) => name < before)
  const isDoubted = all.some((name) => name >= before && name < firstKept(newest))
  return { months: pruned, before, doubted: isDoubted ? newest : null }
}

/** The newest month that does not come, with few others, after a gap. */
function lastBelieved(months: readonly string[], keepMonths: number): string {
  let last = months.length - 1
  for (let i = last; i > 0 && last - i < keepMonths; i -= 1) {
    if (monthNumber(months[i]!) - monthNumber(months[i - 1]!) > keepMonths) last = i - 1
  }
  return months[last]!
}

/** Of a day or month: months since the year 0. */
export const monthNumber = (day: string): number =>
  Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1

const monthName = (number: number): string =>
  `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`
