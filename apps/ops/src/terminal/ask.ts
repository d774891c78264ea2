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
  const { text, isCancel } = await import('@clack/prompts')
  // A line, also for y/N: a prompt that takes the first y for a yes would take "maybe" for one.
  const message =
    question === 'yes' ? 'Go ahead? [y/N]' : `Type ${question.name} to ${question.what}`
  const left = new AbortController()
  const either = AbortSignal.any([signal, left.signal])
  const answer = text({ input, output, signal: either, withGuide: false, message })
  const given = await Promise.race([answer, gone(input)]).finally(() => left.abort())
  signal.throwIfAborted()
  if (isCancel(given)) throw new OpsError('OPS_INTERRUPTED', 'interrupted; nothing was changed')
  const typed = (given ?? '').trim()
  if (question === 'yes' ? /^y(es)?$/i.test(typed) : typed === question.name) return
  const wanted = question === 'yes' ? 'y' : `"${question.name}"`
  const seen = /^(?:no?)?$/i.test(typed) ? '' : `: "${typed}" is not ${wanted}`
  throw new OpsError('OPS_DECLINED', `not agreed to${seen}; nothing was changed`)
}

const CTRL_D = '\u0004'

/** Rejects when nobody answers any more: the prompt itself would end the process without a word. */
function gone(input: Readable): Promise<never> {
  return new Promise((_resolve, reject) => {
    input.once('end', () =>
      reject(new OpsError('OPS_UNCONFIRMED', 'the terminal went away; nothing was changed')),
    )
    input.on('data', (keys: Buffer | string) => {
      if (!String(keys).includes(CTRL_D)) return
      reject(new OpsError('OPS_INTERRUPTED', 'interrupted; nothing was changed'))
    })
  })
}
