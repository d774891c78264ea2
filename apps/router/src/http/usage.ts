import { createParser } from 'eventsource-parser'
import { estimatedTokens, type Usage } from '../decide/reward.ts'

interface UsageField {
  readonly prompt_tokens?: unknown
  readonly completion_tokens?: unknown
  readonly cost?: unknown
}

/** Reads the token counts of a whole JSON answer; estimates them from its length when it has none. */
export function usageOfJson(text: string, promptCharacters: number): Usage {
  let body: { usage?: UsageField | null } | null = null
  try {
    body = JSON.parse(text)
  } catch (error) {
    // The answer goes to the client as it came; only its price has to be guessed then.
    if (!(error instanceof SyntaxError)) throw error
  }
  return usageFrom(body?.usage) ?? estimated(promptCharacters, text.length)
}

/** Listens to a stream of server-sent events for the token counts, without holding it back. */
export interface UsageMeter {
  hear(chunk: Uint8Array): void
  usage(): Usage
}

export function meterStream(promptCharacters: number): UsageMeter {
  const decoder = new TextDecoder()
  let reported: Usage | undefined
  let characters = 0
  const parser = createParser({
    onEvent({ data }) {
      // Only the last event carries usage. Parsing each one as JSON would be most of the work here.
      characters += contentLength(data)
      if (data.includes('"usage"')) reported = usageFrom(usageIn(data)) ?? reported
    },
  })
  return {
    hear: (chunk) => parser.feed(decoder.decode(chunk, { stream: true })),
    usage: () => reported ?? estimated(promptCharacters, characters),
  }
}

function usageIn(data: string): UsageField | undefined {
  try {
    return (JSON.parse(data) as { usage?: UsageField }).usage
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Length of the text in a chunk, without parsing it. An escape counts as the characters it is written with. */
function contentLength(data: string): number {
  return /"content":"((?:[^"\\]|\\.)*)"/.exec(data)?.[1]?.length ?? 0
}

function usageFrom(usage: UsageField | null | undefined): Usage | undefined {
  const inputTokens = count(usage?.prompt_tokens)
  const outputTokens = count(usage?.completion_tokens)
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  const cost = count(usage?.cost)
  return cost === undefined
    ? { inputTokens, outputTokens }
    : { inputTokens, outputTokens, costUsd: cost }
}

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

const estimated = (promptCharacters: number, answerCharacters: number): Usage => ({
  inputTokens: estimatedTokens(promptCharacters),
  outputTokens: estimatedTokens(answerCharacters),
})
