import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Context } from '../command.ts'
import {
  changeSeen,
  changesToInstall,
  install,
  isSame,
  type ChangeSeen,
} from '../schedule/change.ts'
import { nextAt, timeText, whenText, type When } from '../schedule/job.ts'
import type { TargetName } from '../schedule/machine.ts'
import {
  checkStays,
  prepare,
  sameSchedule,
  type Prepared,
  type ScheduleGiven,
} from '../schedule/prepare.ts'
import { installedLines } from '../show/schedule.ts'

/** What the scheduler has now; `changes` is empty of anything but `keep` where it had it before. */
export interface Installed {
  readonly target: TargetName
  readonly name: string
  /** As `09:05`, by the clock on the wall. */
  readonly at: string
  readonly every: When['every']
  /** What is run. */
  readonly command: readonly string[]
  readonly changes: readonly ChangeSeen[]
  /** When it runs next, in ms since 1970. */
  readonly nextAtMs: number
  /** False after a dry run. */
  readonly isDone: boolean
}

export const command: Command<Installed, ScheduleGiven> = {
  async run(context, given) {
    const prepared = prepare(context, given)
    const { job, target, run } = prepared
    checkStays(job, given.node !== undefined, (text) => context.warn(text))
    const changes = await changesToInstall(target)
    const news = changes.filter((change) => !isSame(change))
    const data: Installed = {
      target: target.id,
      name: job.name,
      at: timeText(job.at),
      every: job.at.every,
      command: job.command,
      changes: changes.map(changeSeen),
      nextAtMs: nextAt(job.at, context.clock.wallMs()),
      isDone: false,
    }
    const steps = [
      ...news.map(
        ({ part, before }) => `${before === null ? 'make' : 'change'} ${part.store.what}`,
      ),
      ...(target.on.length === 0 ? [] : [`have ${target.id} run it ${whenText(job.at)}`]),
    ]
    const isAgreed =
      steps.length === 0 ? !context.isDry : await context.proceed({ steps, ask: 'nothing' })
    if (!isAgreed) return { data }
    await install(target, changes, { run, signal: context.signal })
    if (given.root === undefined) warnOfLinger(prepared, context)
    warnOfVariables(context)
    return {
      data: { ...data, isDone: true },
      next: nextOf(given),
    }
  },
  show: installedLines,
}

function nextOf(given: ScheduleGiven): string[] {
  const status = sameSchedule('status', given)
  // What was made for an image is tried where that runs.
  if (given.root !== undefined) return [status]
  if (given.job === 'archive') return [status, 'holdfast ledger archive --dry-run']
  return [status, 'holdfast promote auto --dry-run', 'holdfast schedule install --job archive']
}

/** A scheduler gives a job none of the variables of this shell, and a key is not written into a file for it. */
function warnOfVariables({ env, warn }: Context): void {
  const isLost = (name: string): boolean =>
    /^(?:HOLDFAST|NOVA)_/.test(name) && !CARRIED.has(name) && (env[name] ?? '') !== ''
  const lost = Object.keys(env).filter(isLost).toSorted()
  if (lost.length === 0) return
  warn(
    `the schedule does not have these variables of yours; give them to it by hand: ${lost.join(', ')}`,
  )
}

/** What they say is in the command that is installed. */
const CARRIED: ReadonlySet<string> = new Set(['HOLDFAST_DATA_DIR', 'HOLDFAST_CONFIG'])

/** Units of one's own run while one is logged in, unless one lingers. Source: loginctl(1). */
function warnOfLinger({ job, target }: Prepared, { env, warn }: Context): void {
  if (target.id !== 'systemd' || job.account !== null) return
  const user = env['USER'] ?? ''
  if (user !== '' && existsSync(join('/var/lib/systemd/linger', user))) return
  warn('units of your own run only while you are logged in: `loginctl enable-linger` changes that')
}
