import { join } from 'node:path'
import { OpsError } from '../errors.ts'
import { timeOfLine, withLine, withoutLine } from './cron.ts'
import { MADE_BY, type Job, type When } from './job.ts'
import { plist, timeOfPlist } from './launchd.ts'
import type { TargetName } from './machine.ts'
import type { RunProgram } from './run-program.ts'
import { crontabStore, fileStore, linkStore, taskStore, type Store } from './stores.ts'
import { jobUnit, timeOfTimer, timerUnit } from './systemd.ts'
import { essenceOf, taskXml, timeOfTask } from './windows.ts'

/** One thing that an installation consists of. */
export interface Part {
  readonly store: Store
  /** What it becomes, from what it is. */
  readonly installed: (before: string | null) => string
  /** What is left of it; null: nothing. */
  readonly removed: (before: string) => string | null
  /** Whether this command has made it. */
  readonly isOurs: (text: string) => boolean
  /** Of what is there, what counts. Default: all of it. */
  readonly essence?: (text: string) => string
}

/** A program of a scheduler and its arguments. */
export interface Call {
  readonly program: string
  readonly args: readonly string[]
  /** It says so when there is nothing to do. */
  readonly mayFail?: true
}

/** A scheduler, as far as one job goes. */
export interface Target {
  readonly id: TargetName
  /** Of its texts the last says when. */
  readonly parts: readonly Part[]
  /** What makes it obey what was written. */
  readonly on: readonly Call[]
  /** What is to be called before the parts are taken away, and after. */
  readonly off: readonly Call[]
  readonly after: readonly Call[]
  readonly timeOf: (text: string) => When | null
}

/** Where a scheduler is, and by whom it is called. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | null
  /** Files are written below it, and nothing is called; null: this machine itself. */
  readonly root: string | null
  readonly run: RunProgram
}

/** @throws {OpsError} `OPS_USAGE` for what a scheduler cannot do. */
export function targetOf(id: TargetName, job: Job, around: Surroundings): Target {
  if (around.root !== null && (id === 'cron' || id === 'windows')) {
    throw new OpsError(
      'OPS_USAGE',
      `--root is for schedulers that read files, systemd and launchd; ${id} has to be told itself`,
      { next: ['the same without --root', `holdfast schedule print --target ${id}`] },
    )
  }
  return TARGETS[id](job, around)
}

const TARGETS: Readonly<Record<TargetName, (job: Job, around: Surroundings) => Target>> = {
  systemd(job, { env, root }) {
    const { name, account } = job
    const folder = unitFolder(account, env, root)
    const scope = account === null ? ['--user'] : []
    const call = (...args: string[]): Call => ({ program: 'systemctl', args: [...scope, ...args] })
    const timer = `${name}.timer`
    const parts = [
      filePart(join(folder, `${name}.service`), jobUnit(job)),
      filePart(join(folder, timer), timerUnit(job)),
    ]
    const wants = linkStore(join(folder, 'timers.target.wants', timer))
    const link: Part = {
      store: wants,
      installed: () => join('..', timer),
      removed: () => null,
      isOurs: (text) => text === join('..', timer),
    }
    const isHere = root === null
    return {
      id: 'systemd',
      parts: isHere ? parts : [link, ...parts],
      // A timer that was on goes by its old time until it is started anew.
      on: isHere ? [call('daemon-reload'), call('enable', timer), call('restart', timer)] : [],
      off: isHere ? [call('disable', '--now', timer)] : [],
      after: isHere ? [call('daemon-reload')] : [],
      timeOf: timeOfTimer,
    }
  },

  cron(job, { run }) {
    const { name, account } = job
    return {
      id: 'cron',
      parts: [
        {
          store: crontabStore(run, account),
          installed: (before) => withLine(before ?? '', job),
          removed: (before) => withoutLine(before, name) || null,
          isOurs: (text) => timeOfLine(text, name) !== null,
        },
      ],
      on: [],
      off: [],
      after: [],
      timeOf: (text) => timeOfLine(text, name),
    }
  },

  launchd(job, { env, uid, root }) {
    const { name, account } = job
    const below = account === null && root === null ? homeOf(env) : (root ?? '/')
    const folder = account === null ? 'LaunchAgents' : 'LaunchDaemons'
    const path = join(below, 'Library', folder, `${name}.plist`)
    const domain = account === null ? `gui/${uid ?? 0}` : 'system'
    const program = 'launchctl'
    const bootout: Call = { program, args: ['bootout', `${domain}/${name}`], mayFail: true }
    const bootstrap: Call = { program, args: ['bootstrap', domain, path] }
    const isHere = root === null
    return {
      id: 'launchd',
      parts: [filePart(path, plist(job))],
      on: isHere ? [bootout, bootstrap] : [],
      off: isHere ? [bootout] : [],
      after: [],
      timeOf: timeOfPlist,
    }
  },

  windows(job, { run }) {
    const xml = taskXml(job, 'UTF-16')
    return {
      id: 'windows',
      parts: [
        {
          store: taskStore(run, job.name),
          installed: () => xml,
          removed: () => null,
          isOurs: (text) => text.includes(MADE_BY),
          essence: essenceOf,
        },
      ],
      on: [],
      off: [],
      after: [],
      timeOf: timeOfTask,
    }
  },
}

function filePart(path: string, text: string): Part {
  return {
    store: fileStore(path),
    installed: () => text,
    removed: () => null,
    isOurs: (found) => found.includes(MADE_BY),
  }
}

/** Source: systemd.unit(5), "Unit File Load Path". */
function unitFolder(account: string | null, env: Surroundings['env'], root: string | null): string {
  const scope = account === null ? 'user' : 'system'
  if (account !== null || root !== null) return join(root ?? '/', 'etc', 'systemd', scope)
  const config = env['XDG_CONFIG_HOME'] ?? ''
  return join(config === '' ? join(homeOf(env), '.config') : config, 'systemd', scope)
}

/** @throws {OpsError} `OPS_USAGE` if nobody says where home is. */
function homeOf(env: Surroundings['env']): string {
  const home = env['HOME'] ?? ''
  if (home !== '') return home
  throw new OpsError('OPS_USAGE', 'HOME is not set, so there is no place for units of your own', {
    next: ['set HOME', 'the same with --user <account>, as root, for the whole machine'],
  })
}
