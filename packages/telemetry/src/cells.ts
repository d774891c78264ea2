import type { CounterRow, Fact } from '@holdfast/seams'
import { asWritten, labelValue } from './counted-rows.ts'

/** What was counted under one set of label values since it was last taken. */
export interface Cell {
  readonly labels: Readonly<Record<string, string>>
  added: number
}

/** One row's numbers, by the values of its labels. */
export interface Cells {
  readonly all: readonly Cell[]
  of(fact: Fact): Cell
}

/** @param limit how many there may be; what comes after shares one, whose labels all are `other`. */
export function createCells({ labels = [] }: CounterRow, limit: number): Cells {
  const byKey = new Map<string, Cell>()
  const all: Cell[] = []
  const newCell = (valueOf: (label: string) => string): Cell => {
    const named = Object.fromEntries(labels.map((label) => [label, asWritten(valueOf(label))]))
    const cell = { labels: named, added: 0 }
    all.push(cell)
    return cell
  }
  if (labels.length === 0) {
    const only = newCell(String)
    return { all, of: () => only }
  }
  let other: Cell | null = null
  return {
    all,
    of(fact) {
      const key = keyOf(labels, fact)
      const known = byKey.get(key)
      if (known !== undefined) return known
      if (byKey.size >= limit) return (other ??= newCell(() => 'other'))
      const cell = newCell((label) => labelValue(fact, label))
      byKey.set(key, cell)
      return cell
    },
  }
}

/** Different for different values: of several each has its length in front. */
function keyOf(labels: readonly string[], fact: Fact): string {
  if (labels.length === 1) return labelValue(fact, labels[0]!)
  let key = ''
  for (const label of labels) {
    const value = labelValue(fact, label)
    key += `${value.length}:${value}`
  }
  return key
}
