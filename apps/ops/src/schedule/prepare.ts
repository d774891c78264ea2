import { join, resolve } from 'node:path'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { commandLine } from '../help.ts'
import { JOBS, usualName, type Job, type JobName, type TimeOfDay } from './job.ts'
import { ownProgram, ownUid, usualTarget, type TargetName } from './machine.ts'
import { programsOf, type RunProgram } from './run-program.ts'
import { targetOf, type Target } from './targets.ts'
import { vanishingWith } from './vanishing.ts'

/** What the commands about schedules are told. */
export interface ScheduleGiven {
  readonly job?: JobName
  readonly target?: TargetName
  readonly at?: TimeOfDay
  readonly name?: string
  /** The account that it runs as. */
  readonly user?: string
  readonly node?: string
  readonly root?: string
}

/** A job that is whole, for a scheduler that is there. */
export interface Prepared {
  readonly job: Job
  readonly target: Target
  readonly run: RunProgram
}

/** The job of this data directory and configuration, and the scheduler that is to know it. */
export function prepare(context: Context, given: ScheduleGiven): Prepared {
  const { dataDir, settings, env, cwd } = context
  const { job: which = 'promote', target = usualTarget(), user = null, root } = given
  const { title, words, answers, at } = JOBS[which]
  const { name = usualName(which) } = given
  const { node, script } = ownProgram()
  const program = given.node === undefined ? node : resolve(cwd, given.node)
  const config = settings.file === null ? [] : ['--config', settings.file]
  const job: Job = {
    name,
    title,
    at: { ...at, ...given.at },
    command: [program, script, ...words, '--data-dir', dataDir, ...config],
    answers,
    account: user,
    log: join(dataDir, `${name}.log`),
  }
  for (const word of [...job.command, job.log]) checkWord(word)
  const run = programsOf(env)
  const around = { env, uid: ownUid(), root: root === undefined ? null : resolve(cwd, root), run }
  return { job, run, target: targetOf(target, job, around) }
}

/** Another command about the very same schedule. */
export function sameSchedule(verb: string, given: ScheduleGiven): string {
  const { job, target, name, user, root } = given
  const flags = Object.entries({ job, target, name, user, root })
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]))
  return commandLine(['schedule', verb, ...words])
}

/** What no scheduler can be told in one line. */
function checkWord(word: string): void {
  // oxlint-disable-next-line no-control-regex -- They are what is looked for.
  if (!/[\u0000-\u001F\u007F]/.test(word)) return
  throw new OpsError(
    'OPS_USAGE',
    `${JSON.stringify(word)} has a line end or another control character, which no scheduler takes`,
    { next: ['move it to another path'] },
  )
}

/**
 * A program that goes away with the next update would leave a schedule that fails every day.
 * @param isNamed whether a person named it; then it is only warned of.
 * @throws {OpsError} `OPS_USAGE`.
 */
export function checkStays({ command }: Job, isNamed: boolean, warn: (text: string) => void): void {
  const [node = '', script = ''] = command
  for (const path of [node, script]) {
    const manager = vanishingWith(path)
    const said = `${path} belongs to ${manager ?? ''}, and is gone with its next update; the schedule would fail from then on`
    if (manager === null) continue
    if (path === node && !isNamed) {
      throw new OpsError('OPS_USAGE', `${said}; nothing was changed`, {
        next: [
          'the same with --node /usr/bin/node',
          `the same with --node ${node}, to do it all the same`,
        ],
      })
    }
    warn(said)
  }
}
