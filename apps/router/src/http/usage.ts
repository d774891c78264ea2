import { createParser } from 'eventsource-parser'
import { LARGEST_COST_USD, estimatedTokens, type Usage } from '../decide/reward.ts'

/** What of an answer, whole or a part of a stream, tells its price. */
interface Priced {
  readonly usage?: {
    readonly prompt_tokens?: unknown
    readonly completion_tokens?: unknown
    readonly cost?: unknown
  } | null
  readonly choices?: readonly { readonly message?: Said; readonly delta?: Said }[] | null
}

interface Said {
  readonly content?: unknown
  readonly tool_calls?: unknown
}

/** Reads the token counts of a whole JSON answer; estimates them from its text when it has none. */
export function usageOfJson(text: string, promptCharacters: number): Usage {
  const body = parsed(text)
  if (body === null) return estimated(promptCharacters, text.length)
  return usageIn(body) ?? estimated(promptCharacters, lengthIn(body))
}

/** Listens to a stream of server-sent events for the token counts, without holding it back. */
export interface StreamMeter {
  /** True from the event `[DONE]` on: the answer is complete, though the connection may stay open. */
  readonly isDone: boolean
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
  let sinceLineEnd = 0
  let isDeaf = false
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') isDone = true
      const part = parsed(data)
      if (part === null) return
      characters += lengthIn(part)
      reported = usageIn(part) ?? reported
    },
  })
  return {
    get isDone() {
      return isDone
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

/** Null for what is not a JSON object: it goes to the client as it came, and only its price is guessed. */
function parsed(text: string): Priced | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch (error) {
    // RangeError: nested deeper than the stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return null
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
