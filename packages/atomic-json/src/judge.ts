import { decode } from './encoding.ts'
import { openEnvelope } from './envelope.ts'
import { JsonValueError, messageOf } from './errors.ts'

/** What the bytes of a file are worth, before any schema has looked. */
export type Judgement =
  | { readonly kind: 'ok'; readonly value: unknown; readonly generation: number | null }
  | { readonly kind: 'empty' | 'invalid' | 'checksum' | 'too-large'; readonly reason: string }

export interface JudgeOptions {
  readonly envelope: boolean
  readonly maxBytes: number
}

/** Decides whether bytes are a whole value. Doubt counts against them. */
export function judge(bytes: Uint8Array, { envelope, maxBytes }: JudgeOptions): Judgement {
  if (bytes.length === 0) return { kind: 'empty', reason: 'it holds no bytes' }
  if (bytes.length > maxBytes) return { kind: 'too-large', reason: `more than ${maxBytes} bytes` }
  const decoded = decode(bytes, maxBytes)
  if (decoded.kind !== 'ok') return decoded
  if (decoded.text.trim() === '') return { kind: 'empty', reason: 'it holds only white space' }

  let content: unknown
  try {
    content = JSON.parse(decoded.text)
  } catch (error) {
    return { kind: 'invalid', reason: `not JSON: ${withoutContent(messageOf(error))}` }
  }
  // Every other value shows its own end. Of 1234 with the tail gone, 12 looks just as whole.
  if (typeof content === 'number' && !/\s$/.test(decoded.text)) {
    return { kind: 'invalid', reason: 'a number without a line end after it may have been cut' }
  }
  if (!envelope) return { kind: 'ok', value: content, generation: null }
  try {
    return openEnvelope(content)
  } catch (error) {
    // The strict printer makes the checksum; what it refuses, it never wrote.
    if (!(error instanceof JsonValueError)) throw error
    return { kind: 'invalid', reason: error.message }
  }
}

/** The engine's complaint without the piece of the file it quotes, which may be a secret. */
function withoutContent(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*$/s, '')
}
