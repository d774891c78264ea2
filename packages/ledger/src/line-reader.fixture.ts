import { choiceOf, type Choice } from './choice.ts'
import { recordAt, writeHead } from './record.ts'
import type { Refused } from './scan-whole.ts'
import { LineScanner } from './scan.ts'
import { Unpacker } from './unpack.ts'
import { wordsOf } from './words.ts'

/** What is found in a line. */
export interface Found {
  readonly kind: string
  readonly id: string
  readonly tMs: number
  readonly fields: unknown
}

/** Looks at single lines by way of their records, as a reading does. */
export function lineReader(
  choice: Choice = choiceOf(null, null),
): (line: Buffer) => Found | Refused {
  const scanner = new LineScanner(choice)
  const unpacker = new Unpacker(scanner.dictionary)
  return (line) => {
    const words = wordsOf(Buffer.concat([Buffer.from('before\n'), line, Buffer.from('\nafter')]))
    const refused = scanner.look(words, 7, 7 + line.length)
    if (refused !== null) return refused
    const { record } = scanner
    writeHead(record, 0, 1, scanner, false)
    const { idAt, idEnd, bodyAt } = recordAt(record, 0)
    return {
      kind: scanner.kind,
      id: record.bytes.toString('utf8', idAt, idEnd),
      tMs: scanner.tMs,
      fields: unpacker.objectAt(record, bodyAt, false, []),
    }
  }
}
