/** What becomes of a text, line by line: `- ` goes, `+ ` comes, two blanks stay. Null: it is not there. */
export function diffLines(before: string | null, after: string | null): string[] {
  const [old, young] = [linesOf(before), linesOf(after)]
  const shared = sharedLengths(old, young)
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < young.length) {
    const [gone = '', come = ''] = [old[i], young[j]]
    if (i < old.length && j < young.length && gone === come) {
      lines.push(`  ${gone}`)
      i += 1
      j += 1
    } else if (
      j >= young.length ||
      (i < old.length && at(shared, i + 1, j) >= at(shared, i, j + 1))
    ) {
      lines.push(`- ${gone}`)
      i += 1
    } else {
      lines.push(`+ ${come}`)
      j += 1
    }
  }
  return lines
}

/** Only what changes, with a line around it. */
export function shortDiff(before: string | null, after: string | null): string[] {
  const lines = diffLines(before, after)
  const changes = (index: number): boolean => !(lines[index] ?? '  ').startsWith('  ')
  return lines.filter((_line, i) => changes(i - 1) || changes(i) || changes(i + 1))
}

const linesOf = (text: string | null): string[] =>
  text === null || text === '' ? [] : text.replace(/\n$/, '').split('\n')

/** At i, j: how many lines are shared from there on. */
function sharedLengths(old: readonly string[], young: readonly string[]): number[][] {
  const table = Array.from({ length: old.length + 1 }, () =>
    Array<number>(young.length + 1).fill(0),
  )
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = young.length - 1; j >= 0; j -= 1) {
      const row = table[i] ?? []
      row[j] =
        old[i] === young[j]
          ? at(table, i + 1, j + 1) + 1
          : Math.max(at(table, i + 1, j), at(table, i, j + 1))
    }
  }
  return table
}

const at = (table: readonly (readonly number[])[], i: number, j: number): number =>
  table[i]?.[j] ?? 0
