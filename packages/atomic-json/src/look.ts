import type { StandardSchemaV1 } from '@standard-schema/spec'
import { judge } from './judge.ts'
import { readFile, type FileIdentity } from './read-file.ts'
import type { JsonBroken, JsonMissing, JsonOk } from './read-result.ts'
import { validate } from './schema.ts'
import type { Steps } from './steps.ts'

/** How to look at a file. */
export interface Look<T> {
  /** As the caller named it, for what is answered. */
  readonly path: string
  readonly envelope: boolean
  readonly maxBytes: number
  readonly schema: StandardSchemaV1<unknown, T> | undefined
}

/** What was seen, and in which file. `identity` is null when there was none. */
export interface Seen<T> {
  readonly read: JsonOk<T> | JsonMissing | JsonBroken
  readonly file: string
  readonly identity: FileIdentity | null
}

/**
 * Reads and judges one file, changing nothing.
 * @throws {JsonNotReadError} when the system would not give the bytes.
 */
export function* lookAt<T>(file: string, look: Look<T>): Steps<Seen<T>> {
  const { path, maxBytes, schema } = look
  const content = yield* readFile(file, maxBytes)
  if (content.kind === 'missing') {
    return {
      read: { kind: 'missing', path, reason: 'there is no such file' },
      file,
      identity: null,
    }
  }
  const { identity } = content
  const broken = (read: Omit<JsonBroken, 'path' | 'keptAt'>): Seen<T> => ({
    read: { ...read, path, keptAt: null } as JsonBroken,
    file,
    identity,
  })
  if (content.kind === 'too-large') {
    const reason = `it has ${content.sizeBytes} bytes, more than ${maxBytes}`
    return broken({ kind: 'too-large', reason })
  }
  const judgement = judge(content.bytes, look)
  if (judgement.kind !== 'ok') return broken(judgement)
  const validated = yield* validate(schema, judgement.value)
  if (validated.kind !== 'ok') return broken(validated)
  const { generation } = judgement
  const { value } = validated
  const ok = { kind: 'ok', path, reason: 'it is whole', fence: null } as const
  return { read: { ...ok, value, source: { kind: 'file' }, generation }, file, identity }
}
