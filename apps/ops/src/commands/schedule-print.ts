import { OpsError } from '../errors.ts'
import type { Command } from '../command.ts'
import { cronLine } from '../schedule/cron.ts'
import type { Job } from '../schedule/job.ts'
import { plist } from '../schedule/launchd.ts'
import type { TargetName } from '../schedule/machine.ts'
import { checkStays, prepare, type ScheduleGiven } from '../schedule/prepare.ts'
import { jobUnit, timerUnit } from '../schedule/systemd.ts'
import { taskXml } from '../schedule/windows.ts'
import { printedLines } from '../show/schedule.ts'

/** What `schedule install` would write; nothing was. */
export interface SchedulePrinted {
  readonly target: TargetName
  readonly files: readonly {
    /** Its name, as the scheduler wants it. */
    readonly name: string
    readonly text: string
  }[]
}

export const command: Command<SchedulePrinted, ScheduleGiven> = {
  run(context, given) {
    const { job, target } = prepare(context, given)
    try {
      checkStays(job, given.node !== undefined, (text) => context.warn(text))
    } catch (error) {
      if (!(error instanceof OpsError)) throw error
      context.warn(error.message)
    }
    return Promise.resolve({ data: { target: target.id, files: FILES[target.id](job) } })
  },
  show: printedLines,
}

const FILES: Readonly<Record<TargetName, (job: Job) => SchedulePrinted['files']>> = {
  systemd: (job) => [
    { name: `${job.name}.service`, text: jobUnit(job) },
    { name: `${job.name}.timer`, text: timerUnit(job) },
  ],
  cron: (job) => [{ name: 'crontab', text: `${cronLine(job)}\n` }],
  launchd: (job) => [{ name: `${job.name}.plist`, text: plist(job) }],
  windows: (job) => [{ name: `${job.name}.xml`, text: taskXml(job, 'UTF-8') }],
}
