/** Runs from `from` to `to`, both included. */
export interface RunRange {
  readonly from: number
  readonly to: number
}

/** `from, to, from, to, …`: ascending ranges with at least one missing number between two of them. */
type Block = number[]

/** Numbers in a block before it is cut in two. Longer ones make adding slow, shorter ones make more blocks. */
const BLOCK_LENGTH = 1024

/**
 * A set of whole numbers ≥ 0, kept as ranges: a billion runs in a row take as much room as one. Adding and asking take
 * about a microsecond, whatever the order of the numbers and however many ranges there are.
 */
export class RunSet {
  /** Ascending; none of them empty. Many short lists, because adding in the middle of one long list moves all behind it. */
  #blocks: Block[] = []
  #size = 0

  /** @throws {RangeError} for what is no whole number from 0 to 2⁵³ − 1. */
  static of(runs: Iterable<number>): RunSet {
    const set = new RunSet()
    for (const run of runs) set.add(run)
    return set
  }

  /** How many numbers are in it. */
  get size(): number {
    return this.#size
  }

  /** The highest number in it; null when there is none. */
  get highest(): number | null {
    return this.#blocks.at(-1)?.at(-1) ?? null
  }

  /** The lowest number in it; null when there is none. */
  get lowest(): number | null {
    return this.#blocks[0]?.[0] ?? null
  }

  has(run: number): boolean {
    return this.rangeOf(run) !== null
  }

  /** The range that holds `run`; null when it is not in the set. */
  rangeOf(run: number): RunRange | null {
    const block = this.#blocks[this.#blockFor(run)]
    if (block === undefined) return null
    const at = firstEndingFrom(block, run)
    const [from, to] = [block[at], block[at + 1]]
    return from !== undefined && to !== undefined && from <= run ? { from, to } : null
  }

  /** @throws {RangeError} for what is no whole number from 0 to 2⁵³ − 1. */
  add(run: number): void {
    this.addRange(run, run)
  }

  /**
   * Adds `from` to `to`, both included.
   * @throws {RangeError} for bounds that are no whole numbers from 0 to 2⁵³ − 1, or not in order.
   */
  addRange(from: number, to: number): void {
    if (!(Number.isSafeInteger(from) && from >= 0 && Number.isSafeInteger(to) && to >= from)) {
      throw new RangeError(`a range must be two whole numbers ≥ 0 in order, got ${from} to ${to}`)
    }
    const last = this.#blocks.at(-1)
    // In order is how sets are read from files, so the end is looked at first.
    if (last?.at(-1) === from - 1) {
      last[last.length - 1] = to
      this.#size += to - from + 1
    } else if (last === undefined || last.length >= BLOCK_LENGTH || from <= last.at(-1)! + 1) {
      this.#addAnywhere(from, to)
    } else {
      last.push(from, to)
      this.#size += to - from + 1
    }
  }

  #addAnywhere(from: number, to: number): void {
    const index = this.#blockFor(from)
    const block = this.#blocks[index]
    if (block === undefined) {
      this.#blocks.push([from, to])
      this.#size = to - from + 1
      return
    }
    // A range that ends right before `from` is grown too: 1-4 and 5-9 are one.
    const at = firstEndingFrom(block, from - 1)
    const start = Math.min(from, block[at] ?? from)
    const taken = absorb(block, at, to)
    let end = Math.max(to, taken.end)
    if (at + taken.count === block.length) {
      const after = this.#absorbAfter(index + 1, to)
      end = Math.max(end, after.end)
      this.#size -= after.size
    }
    block.splice(at, taken.count, start, end)
    this.#size += end - start + 1 - taken.size
    if (block.length > BLOCK_LENGTH) {
      this.#blocks.splice(index + 1, 0, block.splice(Math.floor(block.length / 4) * 2))
    }
  }

  /** A set of its own with the same numbers. */
  clone(): RunSet {
    const copy = new RunSet()
    copy.#blocks = this.#blocks.map((block) => block.slice())
    copy.#size = this.#size
    return copy
  }

  /** Adds all of another set. */
  addAll(other: RunSet): void {
    for (const { from, to } of other.ranges()) this.addRange(from, to)
  }

  /** The ranges, ascending. Between two of them at least one number is missing. */
  *ranges(): Generator<RunRange, void, undefined> {
    for (const block of this.#blocks) {
      for (let i = 0; i < block.length; i += 2) yield { from: block[i]!, to: block[i + 1]! }
    }
  }

  /**
   * What is missing from `from` to `to`, ascending, worked out from the ranges: it takes as long as there are ranges, however
   * many numbers lie between them.
   */
  *gaps(from: number, to: number): Generator<RunRange, void, undefined> {
    let next = from
    for (const range of this.ranges()) {
      if (range.from > to) break
      if (range.from > next) yield { from: next, to: range.from - 1 }
      next = Math.max(next, range.to + 1)
    }
    if (next <= to) yield { from: next, to }
  }

  /** What is in this set and not in the other. */
  minus(other: RunSet): RunSet {
    const left = new RunSet()
    const taken = other.ranges()
    let next = taken.next()
    for (const { from, to } of this.ranges()) {
      let start = from
      while (next.done !== true && next.value.from <= to) {
        if (next.value.from > start) left.addRange(start, next.value.from - 1)
        start = Math.max(start, next.value.to + 1)
        // One that reaches beyond this range may cover a part of the next one too.
        if (next.value.to > to) break
        next = taken.next()
      }
      if (start <= to) left.addRange(start, to)
    }
    return left
  }

  /** Which block a number belongs in: the last that begins at or before it, else the first. */
  #blockFor(run: number): number {
    let [low, high] = [0, this.#blocks.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#blocks[middle]![0]! <= run) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Removes from the blocks after a range what it reaches, up to `to`. */
  #absorbAfter(index: number, to: number): { readonly end: number; readonly size: number } {
    let [end, size, whole] = [to, 0, 0]
    for (
      let block = this.#blocks[index];
      block !== undefined;
      block = this.#blocks[index + whole]
    ) {
      const taken = absorb(block, 0, to)
      end = Math.max(end, taken.end)
      size += taken.size
      if (taken.count < block.length) {
        block.splice(0, taken.count)
        break
      }
      whole += 1
    }
    this.#blocks.splice(index, whole)
    return { end, size }
  }
}

/** The place of the first range that ends at `run` or after it; the block's length when there is none. */
function firstEndingFrom(block: Block, run: number): number {
  let [low, high] = [0, block.length / 2]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (block[middle * 2 + 1]! >= run) high = middle
    else low = middle + 1
  }
  return low * 2
}

/** What a range that ends at `to` swallows from `at` on: numbers of the block, runs, and where the last of it ends. */
function absorb(block: Block, at: number, to: number) {
  let [count, size, end] = [0, 0, -1]
  for (let i = at; i < block.length && block[i]! <= to + 1; i += 2) {
    end = block[i + 1]!
    size += end - block[i]! + 1
    count += 2
  }
  return { count, size, end }
}
