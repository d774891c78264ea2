/** Numbers from `from` up to `to`, whose lines were not where they belong, and the line before which they do. */
export interface Gap {
  readonly from: number
  readonly to: number
  readonly line: number
}

/** So many are known exactly; what is out of its order beyond that counts as removed in one place and added in another. */
const MOST_GAPS = 100_000

/** Places where lines are missing, until they come. */
export interface Gaps {
  /** Each comes after those before it. @returns false if there are too many already. */
  add(gap: Gap): boolean
  /** Takes a number out. @returns false if it is in none, or was taken out already. */
  fill(number: number): boolean
  /** What was not filled. */
  rest(): Gap[]
}

export function createGaps(): Gaps {
  const gaps: Gap[] = []
  const filled = new Set<number>()
  /** The last that does not begin after this number. */
  const gapOf = (number: number): Gap | undefined => {
    let low = 0
    let high = gaps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (gaps[middle]!.from <= number) low = middle + 1
      else high = middle
    }
    return gaps[low - 1]
  }
  return {
    add(gap) {
      if (gaps.length >= MOST_GAPS) return false
      gaps.push(gap)
      return true
    },
    fill(number) {
      const gap = gapOf(number)
      if (gap === undefined || number >= gap.to || filled.size >= MOST_GAPS) return false
      if (filled.has(number)) return false
      filled.add(number)
      return true
    },
    rest() {
      const numbers = [...filled].toSorted((a, b) => a - b)
      let next = 0
      return gaps.flatMap(({ to, line, ...gap }) => {
        const left: Gap[] = []
        let { from } = gap
        for (; next < numbers.length && numbers[next]! < to; next += 1) {
          if (numbers[next]! > from) left.push({ from, to: numbers[next]!, line })
          from = numbers[next]! + 1
        }
        if (from < to) left.push({ from, to, line })
        return left
      })
    },
  }
}
