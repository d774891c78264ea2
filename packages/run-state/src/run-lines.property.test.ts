import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunLines } from './run-lines.ts'

const piece = fc.oneof(
  fc.integer({ min: 0, max: 99_999 }).map(String),
  fc.constantFrom('\n', '\r\n', '\r', ' ', '\t', '²', '-1', 'x', '\ufeff', '\uffff'),
)

function read(chunks: readonly Uint8Array[]): unknown {
  const lines = new RunLines()
  for (const chunk of chunks) lines.take(chunk)
  lines.end()
  return { runs: lines.runs, problems: lines.problems }
}

describe('a run file that comes in pieces', () => {
  it('says the same, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const places = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length].toSorted(
          (a, b) => a - b,
        )
        const chunks = places.slice(1).map((place, i) => bytes.subarray(places[i], place))
        expect(read(chunks)).toEqual(read([bytes]))
      }),
    )
  })

  it('has the runs that a reader of lines finds', () => {
    const line = fc.oneof(
      fc.integer({ min: 0, max: 99_999 }).map(String),
      fc.constantFrom('', 'x', '-3'),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const runs = lines.filter((text) => /^\d+$/.test(text)).map(Number)
        expect(read([Buffer.from(lines.join('\n'))])).toMatchObject({ runs })
      }),
    )
  })
})
