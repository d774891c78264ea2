import { hash } from 'node:crypto'
import { z } from 'zod'
import { issueText } from '../issue-text.ts'
import { RequestError } from './errors.ts'

const Part = z.looseObject({ type: z.string(), text: z.string().optional() })
const Message = z.looseObject({
  role: z.string(),
  content: z
    .union([z.string(), z.array(Part), z.null()], 'must be a string, an array of parts or null')
    .optional(),
})

/** What the router needs to know of a chat completion. Every other field goes through untouched. */
const ChatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(Message).min(1, 'must hold at least one message'),
  stream: z.boolean().nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
})

export type ChatRequest = z.infer<typeof ChatRequest>

/** More would take longer to check than to answer. */
const MOST_MESSAGES = 4096

/** @throws {RequestError} 400 naming the field, what it may be and what it was. */
export function readChatRequest(body: unknown): ChatRequest {
  const { messages } = (body ?? {}) as { messages?: unknown }
  if (Array.isArray(messages) && messages.length > MOST_MESSAGES) {
    const message = `messages: must hold at most ${MOST_MESSAGES}, got ${messages.length}`
    throw new RequestError(400, 'invalid_request', message, { param: 'messages' })
  }
  const result = ChatRequest.safeParse(body, { reportInput: true })
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue === undefined) throw new Error('unreachable: what does not parse has an issue')
  throw new RequestError(400, 'invalid_request', issueText(issue, 'body'), {
    param: issue.path.join('.') || 'body',
  })
}

/** Characters of all messages, for the price of an upstream that reports no tokens. */
export function lengthOf({ messages }: ChatRequest): number {
  let characters = 0
  for (const { content } of messages) {
    if (typeof content === 'string') characters += content.length
    else for (const part of content ?? []) characters += part.text?.length ?? 0
  }
  return characters
}

/** The text of all messages, in order, up to `limit` characters: what the decision looks at. */
export function promptOf({ messages }: ChatRequest, limit: number): string {
  let text = ''
  for (const { content } of messages) {
    if (typeof content === 'string') text += text === '' ? content : `\n${content}`
    else for (const part of content ?? []) if (part.text !== undefined) text += `\n${part.text}`
    if (text.length >= limit) return text.slice(0, limit)
  }
  return text
}

/** `metadata.task`, the caller's own word for the kind of work. */
export function taskOf({ metadata }: ChatRequest): string | undefined {
  const task = metadata?.['task']
  return typeof task === 'string' && task !== '' ? task : undefined
}

const SUBJECT_DIGITS = 16

/** Who asks, by a short hash, so that the ledger tells apart who asked and holds no names; null when nobody said. An empty name is nobody's. */
export function subjectOf({ user }: ChatRequest): string | null {
  return user == null || user === '' ? null : hash('sha256', user, 'hex').slice(0, SUBJECT_DIGITS)
}
