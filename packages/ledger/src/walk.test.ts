import { describe, expect, it } from 'vitest'
import { chained, chainStart } from './chain.ts'
import type { Head } from './head.ts'
import { lineText } from './line.ts'
import { decision } from './lines.fixture.ts'
import { createWalk } from './walk.ts'

const SEGMENT = '2026-01-15.0123456789ab-0'

/** Lines of a segment and the head that is written after `headed` of them. */
function segment(count: number, headed = count): { lines: string[]; head: Head } {
  const lines: string[] = []
  let hash = chainStart(SEGMENT)
  let headHash = hash
  for (let number = 1; number <= count; number += 1) {
    const link = chained(hash, number, lineText(decision(`d-${number}`)).text)
    hash = link.hash
    lines.push(link.line)
    if (number === headed) headHash = hash
  }
  const times = { minMs: null, maxMs: null, isFinal: false }
  return { lines, head: { version: 1, segment: SEGMENT, lines: headed, hash: headHash, ...times } }
}

function problems(lines: readonly string[], head: Head | null): string[] {
  const walk = createWalk(SEGMENT, head)
  for (const line of lines) walk.take(line, true)
  const found = walk.finish().problems
  return found.map(({ kind, line, count }) => `${kind} ${line} ×${count}`)
}

/** Does something to the lines of a segment of ten, and says what is found. */
function after(change: (lines: string[]) => void, headed = 10): string[] {
  const { lines, head } = segment(10, headed)
  change(lines)
  return problems(lines, head)
}

function turnLink(lines: string[]): void {
  lines[4] = lines[4]!.replace(
    /"h":"./,
    (start) => `${start.slice(0, -1)}${start.endsWith('0') ? '1' : '0'}`,
  )
}

function swap(lines: string[]): void {
  const [a = '', b = ''] = lines.splice(4, 2)
  lines.splice(4, 0, b, a)
}

describe('a chain', () => {
  it('is whole when nothing was done to it', () => {
    expect(after(() => {})).toEqual([])
    expect(after(() => {}, 0)).toEqual([])
  })

  it('goes on after its head: that is what a crash leaves', () => {
    expect(after(() => {}, 4)).toEqual([])
    expect(after((lines) => lines.splice(4), 4)).toEqual([])
    expect(after((lines) => lines.splice(7), 4)).toEqual([])
  })

  it('shows a line that was changed', () => {
    expect(after((lines) => (lines[4] = lines[4]!.replace('"p":0.5', '"p":0.9')))).toEqual([
      'changed 5 ×1',
    ])
    expect(after((lines) => (lines[0] = lines[0]!.replace('d-1', 'd-x')))).toEqual(['changed 1 ×1'])
    expect(after((lines) => (lines[9] = lines[9]!.replace('R2', 'R3')))).toEqual(['changed 10 ×1'])
  })

  it('shows a line that was changed after the head too', () => {
    expect(after((lines) => (lines[7] = lines[7]!.replace('R2', 'R3')), 4)).toEqual([
      'changed 8 ×1',
    ])
  })

  it('shows a link that was changed, at the line that has it', () => {
    expect(after(turnLink)).toEqual(['changed 5 ×1'])
  })

  it('shows a line in the place of which there is another', () => {
    expect(after((lines) => (lines[4] = '{"v":1}'))).toEqual(['changed 5 ×1'])
    expect(after((lines) => (lines[9] = 'gone'))).toEqual(['changed 10 ×1'])
  })

  it('shows lines that were removed: at the beginning, within, and at the end before the head', () => {
    expect(after((lines) => lines.splice(0, 1))).toEqual(['removed 1 ×1'])
    expect(after((lines) => lines.splice(4, 3))).toEqual(['removed 5 ×3'])
    expect(after((lines) => lines.splice(8))).toEqual(['removed 9 ×2'])
    expect(after((lines) => lines.splice(0))).toEqual(['removed 1 ×10'])
    expect(after((lines) => lines.splice(3), 4)).toEqual(['removed 4 ×1'])
  })

  it('shows lines that were added, whether copied, made up, or empty', () => {
    expect(after((lines) => lines.splice(5, 0, lines[2]!))).toEqual(['added 6 ×1'])
    expect(after((lines) => lines.splice(5, 0, '{"id":"x"}'))).toEqual(['added 6 ×1'])
    expect(after((lines) => lines.splice(5, 0, ''))).toEqual(['added 6 ×1'])
    expect(after((lines) => lines.push('{"id":"x"}'))).toEqual(['added 11 ×1'])
    expect(after((lines) => lines.push(lines[0]!))).toEqual(['added 11 ×1'])
  })

  it('shows lines in another order', () => {
    expect(after(swap)).toEqual(['reordered 6 ×1'])
    expect(after((lines) => lines.push(...lines.splice(2, 2)))).toEqual([
      'reordered 9 ×1',
      'reordered 10 ×1',
    ])
  })

  it('shows lines that were written anew, with a chain of their own', () => {
    const { lines, head } = segment(10)
    const other = segment(10).lines.slice(0, 4)
    let hash = /"h":"(.*)"/.exec(other[3]!)![1]!
    for (let number = 5; number <= 10; number += 1) {
      const link = chained(hash, number, lineText(decision(`forged-${number}`)).text)
      hash = link.hash
      other.push(link.line)
    }
    expect(problems(lines, head)).toEqual([])
    expect(problems(other, head)).toEqual(['rewritten 10 ×1'])
  })

  it('shows lines of another segment', () => {
    const walk = createWalk('2026-01-15.0123456789ab-1', null)
    for (const line of segment(3).lines) walk.take(line, true)
    expect(walk.finish().problems[0]).toMatchObject({ kind: 'changed', line: 1 })
  })

  it('shows what was put behind a final head, however well it fits', () => {
    const { lines, head } = segment(10, 7)
    expect(problems(lines, head)).toEqual([])
    expect(problems(lines, { ...head, isFinal: true })).toEqual([
      'added 8 ×1',
      'added 9 ×1',
      'added 10 ×1',
    ])
    lines.splice(6, 2)
    expect(problems(lines, { ...head, isFinal: true })).toEqual([
      'added 7 ×1',
      'added 8 ×1',
      'removed 7 ×1',
    ])
  })

  it('shows every line of one that was shuffled', () => {
    const count = 20_000
    const { lines, head } = segment(count)
    // First the even ones, then the others from the end: as many gaps as there can be.
    const even = lines.filter((_, i) => i % 2 === 1)
    const odd = lines.filter((_, i) => i % 2 === 0).toReversed()
    const walk = createWalk(SEGMENT, head)
    for (const line of [...even, ...odd.slice(1)]) walk.take(line, true)
    const { problems: kept, problemCount } = walk.finish()
    expect(kept[0]).toMatchObject({ kind: 'reordered', line: count / 2 + 1 })
    // One of them is not there at all.
    expect(problemCount).toBe(count / 2)
  })

  it('keeps the first hundred problems and counts all', () => {
    const walk = createWalk(SEGMENT, null)
    for (let i = 0; i < 250; i += 1) walk.take('x', true)
    const { problems, problemCount } = walk.finish()
    expect(problems).toHaveLength(100)
    expect(problemCount).toBe(250)
  })
})
