import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chained } from './chain.ts'
import { lineReader } from './line-reader.fixture.ts'
import { lineText } from './line.ts'
import { decision } from './lines.fixture.ts'

const read = lineReader()
const id = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' })
const atMs = fc.integer({ min: 0, max: 4e12 })
const fields = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((name) => !['v', 'kind', 'id', 't', 'n', 'h'].includes(name)),
  fc.jsonValue({ maxDepth: 2 }),
)

it('a line that was written is found again, whatever is in it', () => {
  fc.assert(
    fc.property(id, atMs, fields, (id, atMs, fields) => {
      const line = { ...decision(id, atMs), ...fields, route: 'R1', p: 1 }
      const {
        v: _v,
        kind,
        id: _id,
        t: _t,
        ...rest
      } = JSON.parse(JSON.stringify(line)) as typeof line
      const written = Buffer.from(chained('x', 3, lineText(line).text).line)
      const wellFormed = Buffer.from(id).toString()
      expect(read(written)).toEqual({ kind, id: wellFormed, tMs: atMs, fields: rest })
    }),
  )
})
