import type { Stage } from '@holdfast/promotion'
import type { Command, Context, Outcome } from '../command.ts'
import { OpsError } from '../errors.ts'
import { commandLine } from '../help.ts'
import { autoLines } from '../show/promote-auto.ts'
import { stageLines } from '../show/promote-to.ts'
import { rollbackLines } from '../show/rollback.ts'
import { command as auto, type AutoPromoted } from './promote-auto.ts'
import { command as promoteTo, type StageSet } from './promote-to.ts'
import { command as rollback, type RolledBack } from './rollback.ts'

/** What the command of today answered, and how it is called. */
export type Piloted = { readonly form: string } & (
  | { readonly as: 'promote auto'; readonly answer: AutoPromoted }
  | { readonly as: 'promote to'; readonly answer: StageSet }
  | { readonly as: 'rollback'; readonly answer: RolledBack }
)

interface Given {
  readonly auto?: boolean
  readonly stage?: Stage
  readonly rollback?: boolean
  readonly requireTri?: boolean
  readonly reason?: string
}

export const command: Command<Piloted, Given> = {
  async run(context, given) {
    const { stage, requireTri, reason } = given
    const asked = [given.auto === true, stage !== undefined, given.rollback === true]
    if (asked.filter(Boolean).length !== 1) {
      throw new OpsError('OPS_USAGE', 'pilot takes exactly one of --auto, --stage and --rollback', {
        next: ['holdfast promote auto', 'holdfast promote to --help', 'holdfast rollback'],
      })
    }
    const why = reason === undefined ? {} : { reason }
    if (given.rollback === true) {
      const form = told(context, ['rollback', ...reasonFlag(reason)])
      return answered(await rollback.run(context, why), (answer) => ({
        form,
        as: 'rollback',
        answer,
      }))
    }
    if (stage !== undefined) {
      const because = reason ?? 'set by hand'
      const form = told(context, ['promote', 'to', String(stage), ...reasonFlag(because)])
      const outcome = await promoteTo.run(context, { stage, reason: because })
      return answered(outcome, (answer) => ({ form, as: 'promote to', answer }))
    }
    const tri = requireTri === true ? { requireTri } : {}
    const form = told(context, [
      'promote',
      'auto',
      ...(requireTri === true ? ['--require-tri'] : []),
    ])
    return answered(await auto.run(context, tri), (answer) => ({
      form,
      as: 'promote auto',
      answer,
    }))
  },
  show(data, style) {
    switch (data.as) {
      case 'promote auto':
        return autoLines(data.answer, style)
      case 'promote to':
        return stageLines(data.answer, style)
      case 'rollback':
        return rollbackLines(data.answer, style)
      default:
        return data satisfies never
    }
  },
}

/** Says the modern form, and answers it. */
function told({ warn, isDry }: Context, words: readonly string[]): string {
  const form = commandLine([...words, ...(isDry ? ['--dry-run'] : [])])
  warn(`"pilot" is an old name; today it is: ${form}`)
  return form
}

const reasonFlag = (reason: string | undefined): string[] =>
  reason === undefined ? [] : ['--reason', reason]

const answered = <Data>(
  { data, ...rest }: Outcome<Data>,
  as: (data: Data) => Piloted,
): Outcome<Piloted> => ({ ...rest, data: as(data) })
