import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTable } from './read-table.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'table-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function table(...rows: unknown[]): string {
  const path = join(folder, 'some.dev.ndjson')
  writeFileSync(
    path,
    rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
  )
  return path
}
const row = { id: '1', prompt: 'abcd', score: { a: 1, b: 0.5 }, cost_usd: { a: 0.001, b: 0.1 } }

describe('a recorded table', () => {
  it('has a route for each of its models, in their order', () => {
    const read = readTable(table(row))
    expect(read.name).toBe('some.dev')
    expect(read.routes).toEqual([
      { id: 'R1', model: 'a' },
      { id: 'R2', model: 'b' },
    ])
    expect(read.rows).toEqual([
      { id: '1', prompt: 'abcd', task: null, quality: [1, 0.5], costUsd: [0.001, 0.1] },
    ])
  })

  it('is read from gzip as well', () => {
    const path = join(folder, 'packed.ndjson.gz')
    writeFileSync(path, gzipSync(JSON.stringify(row)))
    expect(readTable(path).rows).toHaveLength(1)
  })

  it('prices known models by their characters, four a token, where it has no cost', () => {
    const { score: _, cost_usd: __, ...bare } = row
    const read = readTable(
      table({ ...bare, mixtral: 1, gpt4: 0, out_chars: { mixtral: 400, gpt4: 40 } }),
    )
    expect(read.routes.map(({ model }) => model)).toEqual(['mixtral', 'gpt4'])
    expect(read.rows[0]?.costUsd[0]).toBeCloseTo((101 * 0.24) / 1e6, 12)
    expect(read.rows[0]?.costUsd[1]).toBeCloseTo((11 * 24.7) / 1e6, 12)
  })

  it('keeps the length of a prompt that is withheld', () => {
    const read = readTable(table({ ...row, prompt: null, prompt_chars: 12 }))
    expect(read.rows[0]?.prompt).toHaveLength(12)
  })

  it.each([
    [[row, 'not json'], ':2: is not JSON: not json'],
    [[{ ...row, score: { a: 1 } }], ':1: must score 2 to 10 models, got 1'],
    [[row, { ...row, score: { a: 1, b: 7 } }], ':2: b: must be a score from 0 to 1, got 7'],
    [[row, { ...row, score: { a: 1 } }], ':2: b: must be a score from 0 to 1, got undefined'],
    [[{ ...row, cost_usd: { a: 1 } }], ':1: cost_usd.b: must be there'],
    [[{ ...row, id: 7 }], ':1: id: must be a string, got 7'],
    [[''], 'must hold at least one row, got none'],
  ])('that is none is refused with its line: %#', (rows, message) => {
    expect(() => readTable(table(...rows))).toThrow(message)
  })
})
