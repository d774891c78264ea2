import { createHash } from 'node:crypto'
import { createLastGood } from '@holdfast/circuit-breaker'
import type { Clock } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'

/** An answer as an upstream gave it. */
export interface KeptAnswer {
  /** Whose it is: where only the guardrail may answer, only its answers are given again. */
  readonly route: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Gathers a stream while it goes by. */
export interface StreamCopy {
  add(part: Uint8Array): void
  /** Keeps what was gathered, unless it became too long. */
  keep(answer: Omit<KeptAnswer, 'body'>): void
}

/** Answers of this process, for requests that are the same to the last character, when nobody else answers. */
export interface AnswerCache {
  /** @param request as it came, with the model that the caller named. */
  keyOf(request: object): string
  keep(key: string | null, answer: KeptAnswer): void
  copy(key: string | null): StreamCopy | null
  recall(key: string): { readonly value: KeptAnswer; readonly ageMs: number } | null
}

/** @returns null where the configuration keeps none. */
export function createAnswerCache(
  { entries, maxAgeMs, longestBytes }: Config['cache'],
  clock: Clock,
): AnswerCache | null {
  if (entries === 0) return null
  const answers = createLastGood<KeptAnswer>({ entries, maxAgeMs, clock })
  const keep = (key: string | null, answer: KeptAnswer): void => {
    if (key !== null && answer.body.byteLength <= longestBytes) answers.remember(key, answer)
  }
  return {
    keyOf: (request) => createHash('sha256').update(JSON.stringify(request)).digest('base64url'),
    keep,
    copy(key) {
      if (key === null) return null
      const parts: Uint8Array[] = []
      let size = 0
      return {
        add(part) {
          size += part.byteLength
          if (size <= longestBytes) parts.push(part)
          else parts.length = 0
        },
        keep(answer) {
          if (size <= longestBytes) keep(key, { ...answer, body: Buffer.concat(parts) })
        },
      }
    },
    recall: (key) => answers.recall(key),
  }
}
