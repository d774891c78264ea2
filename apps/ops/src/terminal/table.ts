import type { Paint, Style } from './style.ts'

/** A column with its title, which is as wide as its widest cell. */
export interface Column {
  readonly title: string
  /** Numbers stand below each other when they end in one column. Default left. */
  readonly align?: 'left' | 'right'
  /** True: it gives way first where the table is too wide. */
  readonly canShrink?: boolean
}

/** A column of numbers, which end below each other. */
export const right = (title: string): Column => ({ title, align: 'right' })

/** Text of one line, painted or not. */
export type Cell = string | { readonly text: string; readonly paint: Paint }

const GAP = '  '
const LEAST = 4

/**
 * Lines of a table with a head, as wide as needed and no wider than the style allows: columns that may shrink do, then all
 * others, the widest first. What is cut ends in `…`.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): string[] {
  const texts = [columns.map(({ title }) => title), ...rows.map((row) => row.map(textOf))]
  const natural = columns.map((_column, i) => Math.max(...texts.map((row) => lengthOf(row[i]))))
  const widths = fitted(natural, columns, style.columns)
  const line = (cells: readonly Cell[], paintAll?: Paint): string =>
    cells
      .map((cell, i) => {
        const text = padded(textOf(cell), widths[i] ?? 0, columns[i]?.align ?? 'left')
        // Nothing but blanks would follow.
        const shown = i === cells.length - 1 ? text.trimEnd() : text
        const paint = paintAll ?? (typeof cell === 'string' ? undefined : cell.paint)
        return paint === undefined ? shown : style[paint](shown)
      })
      .join(GAP)
      .trimEnd()
  return [
    line(
      columns.map(({ title }) => title),
      'faint',
    ),
    ...rows.map((row) => line(row)),
  ]
}

/** Lines `name  value`, the values below each other. */
export function pairs(
  entries: readonly (readonly [name: string, value: Cell])[],
  style: Style,
): string[] {
  const width = Math.max(0, ...entries.map(([name]) => lengthOf(name)))
  return entries.map(([name, value]) => {
    const text = cut(textOf(value), style.columns - width - GAP.length)
    const shown = typeof value === 'string' ? text : style[value.paint](text)
    return `${style.faint(name.padEnd(width))}${GAP}${shown}`.trimEnd()
  })
}

/** Text of at most `width` characters. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text)
  if (characters.length <= width) return text
  return `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)
const lengthOf = (text = ''): number => Array.from(text).length

function padded(text: string, width: number, align: 'left' | 'right'): string {
  const shown = cut(text, width)
  const blanks = ' '.repeat(width - lengthOf(shown))
  return align === 'left' ? `${shown}${blanks}` : `${blanks}${shown}`
}

function fitted(natural: readonly number[], columns: readonly Column[], most: number): number[] {
  const widths = [...natural]
  const gaps = GAP.length * (columns.length - 1)
  const shrinks = (i: number): boolean => columns[i]?.canShrink === true
  for (const may of [shrinks, () => true]) {
    while (widths.reduce((sum, width) => sum + width, gaps) > most) {
      const candidates = widths.flatMap((width, i) => (width > LEAST && may(i) ? [i] : []))
      const widest = candidates.reduce<number | null>(
        (best, i) => (best === null || (widths[i] ?? 0) > (widths[best] ?? 0) ? i : best),
        null,
      )
      if (widest === null) break
      widths[widest] = (widths[widest] ?? 0) - 1
    }
  }
  return widths
}
