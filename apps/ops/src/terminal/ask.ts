import type { Readable, Writable } from 'node:stream'
import { OpsError } from '../errors.ts'
import type { Plan } from '../command.ts'

/** A terminal that a person sits at. */
export interface Terminal {
  readonly input: Readable
  readonly output: Writable
}

/**
 * Asks a person to agree to a plan: y/N, or the name of what is at stake.
 * @throws {OpsError} `OPS_DECLINED` for anything but a yes, or the very name; `OPS_UNCONFIRMED` when the terminal goes away.
 */
export async function ask(
  question: Exclude<Plan['ask'], 'nothing'>,
  { input, output }: Terminal,
  signal: AbortSignal,
): Promise<void> {
  // Only here, because most commands never ask.
  const { confirm, text, isCancel } = await import('@clack/prompts')
  const common = { input, output, signal, withGuide: false }
  const answer =
    question === 'yes'
      ? confirm({ ...common, message: 'Go ahead?', initialValue: false })
      : text({ ...common, message: `Type ${question.name} to ${question.what}` })
  const given = await Promise.race([answer, gone(input)])
  signal.throwIfAborted()
  if (isCancel(given)) throw new OpsError('OPS_INTERRUPTED', 'interrupted; nothing was changed')
  if (given === (question === 'yes' ? true : question.name)) return
  const seen = question === 'yes' ? '' : `: "${String(given ?? '')}" is not "${question.name}"`
  throw new OpsError('OPS_DECLINED', `not agreed to${seen}; nothing was changed`)
}

/** Rejects when the input ends: a question that nobody can answer would end the process without a word. */
function gone(input: Readable): Promise<never> {
  return new Promise((_resolve, reject) => {
    input.once('end', () =>
      reject(new OpsError('OPS_UNCONFIRMED', 'the terminal went away; nothing was changed')),
    )
  })
}
