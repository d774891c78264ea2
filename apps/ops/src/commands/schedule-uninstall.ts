import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { changeSeen, changesToRemove, remove, type ChangeSeen } from '../schedule/change.ts'
import type { TargetName } from '../schedule/machine.ts'
import { prepare, sameSchedule, type ScheduleGiven } from '../schedule/prepare.ts'
import { uninstalledLines } from '../show/schedule.ts'

/** What was taken away: only what this command had put there. */
export interface Uninstalled {
  readonly target: TargetName
  readonly name: string
  readonly changes: readonly ChangeSeen[]
  /** False after a dry run. */
  readonly isDone: boolean
}

export const command: Command<Uninstalled, ScheduleGiven> = {
  async run(context, given) {
    const { job, target, run } = prepare(context, given)
    const changes = await changesToRemove(target)
    if (changes.length === 0) {
      const where = target.parts.map(({ store }) => store.what).join(' and ')
      throw new OpsError(
        'OPS_NOT_FOUND',
        `${job.name} is not installed: nothing of it is in ${where}`,
        {
          next: [
            sameSchedule('status', given),
            'the same with another --job, --target, --name or --user',
          ],
        },
      )
    }
    const data = {
      target: target.id,
      name: job.name,
      changes: changes.map(changeSeen),
      isDone: false,
    }
    const steps = changes.map(({ part, after }) =>
      after === null ? `remove ${part.store.what}` : `take its line out of ${part.store.what}`,
    )
    if (!(await context.proceed({ steps, ask: 'nothing' }))) return { data }
    await remove(target, changes, { run, signal: context.signal })
    return { data: { ...data, isDone: true } }
  },
  show: uninstalledLines,
}
