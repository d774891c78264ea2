import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chained } from './chain.ts'
import { lineText } from './line.ts'
import { decision, isoAt } from './lines.fixture.ts'
import { scanLine } from './scan.ts'

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
      const text = chained('x', 3, lineText(line).text).line
      const bytes = Buffer.from(text)
      const found = scanLine(bytes, 0, bytes.length)
      if ('reason' in found) throw new Error(found.reason)
      const body = found.bytes.toString('utf8', found.start, found.end)
      const {
        v: _v,
        kind: _kind,
        id: _id,
        t: _t,
        ...rest
      } = JSON.parse(JSON.stringify(line)) as typeof line
      expect(found.idBytes.subarray(found.idStart, found.idEnd)).toEqual(Buffer.from(id))
      expect(isoAt(found.tMs)).toBe(line.t)
      expect(JSON.parse(`{${body}}`)).toEqual(rest)
    }),
  )
})
