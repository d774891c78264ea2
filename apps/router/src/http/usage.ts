import { createParser } from 'eventsource-parser'
import { LARGEST_COST_USD, estimatedTokens, type Usage } from '../decide/reward.ts'

/** What of an answer, whole or a part of a stream, tells its price. */
interface Priced {
  readonly usage?: {
    readonly prompt_tokens?: unknown
    readonly completion_tokens?: unknown
    readonly cost?: unknown
  } | null
  readonly choices?:
    | readonly {
        readonly message?: Said
        readonly delta?: Said
        readonly finish_reason?: unknown
      }[]
    | null
  /** What some upstreams send instead of an answer, whatever the status. */
  readonly error?: unknown
}

interface Said {
  readonly content?: unknown
  readonly tool_calls?: unknown
}

/** What came as a whole answer. */
export interface ReadBody {
  /** False for JSON that breaks off, or is none. What is nested deeper than it can be read is whole, for all we know. */
  readonly isWhole: boolean
  /** What it says instead of an answer; null if it says nothing of an error. */
  readonly error: object | null
  /** The token counts; a guess from its length when it has none. */
  usage(promptCharacters: number): Usage
}

export function readBody(text: string): ReadBody {
  const { body, isWhole } = parsed(text)
  return {
    isWhole,
    error: body === null ? null : errorOf(body),
    usage(promptCharacters) {
      if (body === null) return estimated(promptCharacters, text.length)
      return usageIn(body) ?? estimated(promptCharacters, lengthIn(body))
    },
  }
}

/** An answer that has both is one. */
function errorOf({ error, choices }: Priced): object | null {
  if (error == null || Array.isArray(choices)) return null
  if (typeof error === 'object') return error
  return typeof error === 'string' ? { message: error } : {}
}

/** Listens to a stream of server-sent events for the token counts, and how it goes, without holding it back. */
export interface StreamMeter {
  /** Whether there was an event yet: comments, which keep a connection alive, are none. */
  readonly hasEvent: boolean
  /** True from the event `[DONE]` on: the answer is complete, though the connection may stay open. */
  readonly isDone: boolean
  /** Whether parts of an answer came, and neither its end nor `[DONE]`. */
  readonly isCut: boolean
  /** What an event said instead of a part of an answer; null if none did. */
  readonly error: object | null
  /** Never throws: a stream that cannot be understood is estimated. */
  hear(chunk: Uint8Array): void
  usage(): Usage
}

/** An event longer than this is not looked into: it would have to be held in memory. */
const LONGEST_EVENT_BYTES = 1024 * 1024

export function meterStream(promptCharacters: number): StreamMeter {
  const decoder = new TextDecoder()
  let reported: Usage | null = null
  let characters = 0
  let isDone = false
  let hasEvent = false
  let isAnswering = false
  let hasEnded = false
  let error: object | null = null
  let sinceLineEnd = 0
  let isDeaf = false
  const parser = createParser({
    onEvent({ data }) {
      hasEvent = true
      if (data === '[DONE]') isDone = true
      const { body: part } = parsed(data)
      if (part === null) return
      characters += lengthIn(part)
      reported = usageIn(part) ?? reported
      error ??= errorOf(part)
      if (!Array.isArray(part.choices)) return
      isAnswering = true
      hasEnded ||= part.choices.some(
        (choice: { finish_reason?: unknown } | null) => choice?.finish_reason != null,
      )
    },
  })
  return {
    get hasEvent() {
      return hasEvent
    },
    get isDone() {
      return isDone
    },
    get isCut() {
      return isAnswering && !hasEnded && !isDone && !isDeaf
    },
    get error() {
      return error
    },
    hear(chunk) {
      const lineEnd = chunk.lastIndexOf(10)
      sinceLineEnd = lineEnd < 0 ? sinceLineEnd + chunk.length : chunk.length - lineEnd
      if (sinceLineEnd > LONGEST_EVENT_BYTES) isDeaf = true
      if (isDeaf) characters += chunk.length
      else parser.feed(decoder.decode(chunk, { stream: true }))
    },
    usage: () => reported ?? estimated(promptCharacters, characters),
  }
}

/**
 * Null for what is not a JSON object, and for what is nested deeper than the stack: it goes to the client as it came, and only
 * its price is guessed.
 */
function parsed(text: string): { readonly body: Priced | null; readonly isWhole: boolean } {
  try {
    const value: unknown = JSON.parse(text)
    return { body: typeof value === 'object' ? value : null, isWhole: true }
  } catch (error) {
    if (error instanceof SyntaxError) return { body: null, isWhole: false }
    if (error instanceof RangeError) return { body: null, isWhole: true }
    throw error
  }
}

function usageIn({ usage }: Priced): Usage | null {
  const inputTokens = count(usage?.prompt_tokens)
  const outputTokens = count(usage?.completion_tokens)
  if (inputTokens === null || outputTokens === null) return null
  const cost = count(usage?.cost)
  const isBelieved = cost !== null && cost <= LARGEST_COST_USD
  return isBelieved ? { inputTokens, outputTokens, costUsd: cost } : { inputTokens, outputTokens }
}

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null

/** Characters that the model wrote: text, and the arguments of the tools it calls. */
function lengthIn({ choices }: Priced): number {
  if (!Array.isArray(choices)) return 0
  let characters = 0
  for (const choice of choices as NonNullable<Priced['choices']>) {
    const said = choice?.message ?? choice?.delta
    if (typeof said?.content === 'string') characters += said.content.length
    if (said?.tool_calls != null) characters += writtenLength(said.tool_calls)
  }
  return characters
}

/** 0 for what is nested deeper than it can be written out: it is a guess in any case. */
function writtenLength(value: unknown): number {
  try {
    return JSON.stringify(value).length
  } catch (error) {
    if (error instanceof RangeError) return 0
    throw error
  }
}

const estimated = (promptCharacters: number, answerCharacters: number): Usage => ({
  inputTokens: estimatedTokens(promptCharacters),
  outputTokens: estimatedTokens(answerCharacters),
})
