import { systemClock, type Clock } from '@holdfast/seams'
import type { Check, Finding } from '../check.ts'
import { aFunction, lengthMs, onlyOptions, someText } from '../option-rules.ts'

export interface LlmRespondsOptions {
  /** Asks the model and gives its answer as text. */
  readonly ask: (prompt: string, signal: AbortSignal) => Promise<string>
  /** Default: one that every model answers with one word. */
  readonly prompt?: string
  /** Whether an answer is right. Default: it holds the word that was asked for; with a `prompt` of your own, it is not blank. */
  readonly isRight?: (answer: string) => boolean
  /** Degraded when the answer takes longer, in ms ≥ 0. Default 3000. */
  readonly slowMs?: number
  readonly clock?: Clock
}

const PROMPT = 'Answer with this one word and nothing else: pong'

/**
 * A check that a language model answers a tiny prompt. No answer is a failure; a slow or a wrong one is `degraded`. Give
 * the check 30 s to answer (`timeoutMs: 30_000`), and a pause of minutes: each look costs a call.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function llmResponds(options: LlmRespondsOptions): Check {
  onlyOptions('llmResponds', options, ['ask', 'prompt', 'isRight', 'slowMs', 'clock'])
  const { ask, prompt = PROMPT, slowMs = 3_000, clock = systemClock } = options
  const { isRight = prompt === PROMPT ? saysPong : isNotBlank } = options
  aFunction('ask', ask)
  someText('prompt', prompt)
  aFunction('isRight', isRight)
  lengthMs('slowMs', slowMs)
  return async ({ signal }): Promise<Finding> => {
    const startMs = clock.monotonicMs()
    const answer = await ask(prompt, signal)
    const tookMs = clock.monotonicMs() - startMs
    const details = { tookMs, slowMs }
    if (typeof answer !== 'string' || !isNotBlank(answer)) {
      return { status: 'critical', message: 'answered nothing', details }
    }
    const inMs = `in ${Math.round(tookMs)} ms`
    if (!isRight(answer)) {
      const message = `answered wrongly ${inMs}: "${answer.trim().slice(0, 40)}"`
      return { status: 'degraded', message, details }
    }
    if (tookMs <= slowMs) return { status: 'ok', message: `answered ${inMs}`, details }
    return { status: 'degraded', message: `answered late, ${inMs}`, details }
  }
}

const saysPong = (answer: string): boolean => /\bpong\b/i.test(answer)
const isNotBlank = (answer: string): boolean => answer.trim() !== ''
