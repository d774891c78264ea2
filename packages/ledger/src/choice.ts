import type { Kind } from './scan.ts'

/** Names of fields, found by the bytes of a line. */
export interface NameTable {
  readonly names: readonly string[]
  /** Whether the name between these places is one of them. */
  has(bytes: Uint8Array, start: number, end: number): boolean
}

/** What is wanted of lines of one kind. */
export interface Wanted {
  /** Those that are carried from a line to its row; null for all. */
  readonly carried: NameTable | null
  /** Those of them that nobody asked for: a row cannot do without. */
  readonly unasked: readonly string[]
}

export type Choice = Readonly<Record<Kind, Wanted>>

/** Null means all. */
export const choiceOf = (
  decision: readonly string[] | null,
  outcome: readonly string[] | null,
): Choice => ({
  decision: wantedOf(decision, ['rewards']),
  outcome: wantedOf(outcome, ['part', 'rewards']),
})

/** @param needed what a row needs to say what came of its decision. */
function wantedOf(names: readonly string[] | null, needed: readonly string[]): Wanted {
  if (names === null) return { carried: null, unasked: [] }
  const unasked = needed.filter((name) => !names.includes(name))
  return { carried: nameTable([...names, ...unasked]), unasked }
}

/** A field's name by its length, first and last byte: few others have the same. */
function nameTable(names: readonly string[]): NameTable {
  const slots = Array.from({ length: 256 }, (): Uint8Array[] => [])
  for (const name of new Set(names)) {
    const bytes = Buffer.from(name)
    slots[slotOf(bytes, 0, bytes.length)]!.push(bytes)
  }
  return {
    names,
    has(bytes, start, end) {
      const slot = slots[slotOf(bytes, start, end)]!
      for (let i = 0; i < slot.length; i += 1) {
        if (isAt(bytes, start, end, slot[i]!)) return true
      }
      return false
    },
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0
  return ((end - start) * 7 + bytes[start]! * 5 + bytes[end - 1]! * 3) & 255
}

function isAt(bytes: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  if (end - start !== expected.length) return false
  for (let i = 0; i < expected.length; i += 1) {
    if (bytes[start + i] !== expected[i]) return false
  }
  return true
}
