import { createHash } from 'node:crypto'
import { seededRandom, systemClock, type Random } from '@holdfast/seams'
import type { Learned, Lesson, Part } from './bandit-store.ts'

/** Lessons whose content follows from their decision's id, so that whoever knows the id knows what must be stored. */
export const DIM = 5
const ARMS = ['r1', 'r2', 'r3', 'r4']

/** What was told: an id and a part of its reward. */
export interface Told {
  readonly id: string
  readonly part: Part
}

/** An id of this moment. */
export function newId(random: Random, atMs: number = systemClock.wallMs()): string {
  const time = atMs.toString(16).padStart(12, '0')
  const hex = random.hex(18)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-9${hex.slice(3, 6)}-${hex.slice(6)}`
}

export const newIds = (seed: string, count: number, atMs?: number): string[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => newId(random, atMs))
}

/** Arm and context follow from the id, the reward also from the part. */
export function lessonOf({ id, part }: Told): Required<Omit<Lesson, 'context'>> & {
  readonly context: readonly number[]
} {
  const digest = createHash('sha256').update(id).digest()
  return {
    arm: ARMS[digest[0]! % ARMS.length]!,
    context: Array.from({ length: DIM }, (_, i) => digest.readInt16LE(2 + 2 * i) / 16384),
    reward: digest.readInt16LE(part === 'immediate' ? 20 : 22) / 4096,
    part,
  }
}

interface Sums {
  pulls: number
  rewardSum: number
  readonly a: Float64Array
  readonly b: Float64Array
}
type Table = Map<string, Sums>

/** What must be learned from these lessons, each once, in this order: written down by hand, with nothing of the store. */
export function expected(told: readonly Told[], epochMs = 3_600_000): Table {
  const table: Table = new Map()
  const known = new Set<string>()
  const seen = new Set<string>()
  for (const { id, part } of told) {
    if (seen.has(`${id} ${part}`)) continue
    seen.add(`${id} ${part}`)
    const { arm, context, reward } = lessonOf({ id, part })
    const x = context.map((value) => Math.round(value * 4096) / 4096)
    const r = Math.round(reward * 4096) / 4096
    const epoch = Math.floor(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / epochMs)
    const sums = sumsAt(table, `${epoch} ${arm}`)
    sums.rewardSum += r
    for (let i = 0; i < DIM; i += 1) sums.b[i]! += r * x[i]!
    if (known.has(id)) continue
    known.add(id)
    sums.pulls += 1
    let at = 0
    for (let i = 0; i < DIM; i += 1) {
      for (let j = i; j < DIM; j += 1) sums.a[at++]! += x[i]! * x[j]!
    }
  }
  return table
}

function sumsAt(table: Table, key: string): Sums {
  let sums = table.get(key)
  if (sums === undefined) {
    const a = new Float64Array((DIM * (DIM + 1)) / 2)
    sums = { pulls: 0, rewardSum: 0, a, b: new Float64Array(DIM) }
    table.set(key, sums)
  }
  return sums
}

/** What a store has learned, in the same form. */
export function learnedOf(learned: Learned): Table {
  const table: Table = new Map()
  for (const [epoch, arms] of learned.epochs) {
    for (const [arm, sums] of arms) table.set(`${epoch} ${arm}`, sums)
  }
  return table
}

/** Every bit of it, as text. */
export function bitsOf(table: Table): string {
  const hash = createHash('sha256')
  for (const [key, { a, b, pulls, rewardSum }] of [...table].toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  )) {
    hash.update(`${key} ${pulls} `).update(Float64Array.of(rewardSum, ...a, ...b))
  }
  return hash.digest('hex').slice(0, 32)
}

export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const mixed = [...values]
  for (let i = mixed.length - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1)
    ;[mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!]
  }
  return mixed
}
