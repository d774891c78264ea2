import { open, stat } from 'node:fs/promises'
import type { Job } from './job.ts'
import { ownUid } from './machine.ts'
import type { RunProgram } from './run-program.ts'
import type { Target } from './targets.ts'

/** How the last run ended, as far as the scheduler or its log says. */
export interface LastRun {
  /** In ms since 1970; null where it is not told. */
  readonly atMs: number | null
  /** The exit code. */
  readonly code: number
}

/** What a scheduler says of a job that is installed. */
export interface ScheduleState {
  /** Null: it does not say. */
  readonly isOn: boolean | null
  /** Null: it has not run yet, or nobody says. */
  readonly last: LastRun | null
}

/** @param texts what is installed. */
export async function stateOf(
  { id }: Target,
  job: Job,
  texts: readonly string[],
  run: RunProgram,
): Promise<ScheduleState> {
  if (id === 'systemd') return await stateOfUnit(job, run)
  if (id === 'launchd') return await stateOfAgent(job, run)
  if (id === 'windows') return await stateOfTask(job, texts.at(-1) ?? '', run)
  return { isOn: true, last: await lastOfLog(job.log) }
}

const field = (text: string, property: string): string =>
  new RegExp(`^${property}=(.*)$`, 'm').exec(text)?.[1] ?? ''

async function stateOfUnit({ name, account }: Job, run: RunProgram): Promise<ScheduleState> {
  const scope = account === null ? ['--user'] : []
  const show = (unit: string, ...properties: string[]) =>
    run('systemctl', [
      ...scope,
      'show',
      unit,
      '--timestamp=unix',
      ...properties.flatMap((p) => ['-p', p]),
    ])
  const timer = await show(`${name}.timer`, 'ActiveState')
  const service = await show(`${name}.service`, 'ExecMainStatus', 'ExecMainExitTimestamp')
  const exit = field(service.out, 'ExecMainExitTimestamp')
  const seconds = /^@(\d+)/.exec(exit)?.[1]
  return {
    isOn: timer.code === 0 ? field(timer.out, 'ActiveState') === 'active' : null,
    // Without a time it has not run since the machine, or its user's manager, was started.
    last:
      exit === '' || exit === 'n/a'
        ? null
        : {
            atMs: seconds === undefined ? null : Number(seconds) * 1_000,
            code: Number(field(service.out, 'ExecMainStatus')),
          },
  }
}

async function stateOfAgent({ name, account, log }: Job, run: RunProgram): Promise<ScheduleState> {
  const domain = account === null ? `gui/${ownUid() ?? 0}` : 'system'
  const { code, out } = await run('launchctl', ['print', `${domain}/${name}`])
  const exit = /last exit code = (\d+)/.exec(out)?.[1]
  const logged = await lastOfLog(log)
  const last = exit === undefined ? null : { atMs: logged?.atMs ?? null, code: Number(exit) }
  return { isOn: code === 0, last }
}

async function stateOfTask({ name }: Job, xml: string, run: RunProgram): Promise<ScheduleState> {
  const settings = /<Settings>[^]*<\/Settings>/.exec(xml)?.[0] ?? ''
  const { out } = await run('schtasks', ['/Query', '/TN', name, '/V', '/FO', 'CSV', '/NH'])
  // Heads of columns are in the language of the machine, and their order is not.
  const fields = [...(out.split('\n')[0] ?? '').matchAll(/"([^"]*)"/g)].map(([, field]) => field)
  const code = Number(fields[6])
  const hasRun = Number.isInteger(code) && fields[6] !== '' && code !== NEVER_RUN
  return {
    isOn: !/<Enabled>false<\/Enabled>/.test(settings),
    last: hasRun ? { atMs: null, code } : null,
  }
}

/** Source: Task Scheduler Error and Success Constants, SCHED_S_TASK_HAS_NOT_RUN. */
const NEVER_RUN = 267_011

/** More than the longest line that a job writes, in bytes. */
const TAIL = 262_144

/** What the last line of the log says that is an answer of this command. */
async function lastOfLog(path: string): Promise<LastRun | null> {
  try {
    const { size, mtimeMs } = await stat(path)
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, TAIL)),
      position: Math.max(0, size - TAIL),
    })
    const line = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').at(-1) ?? ''
    const { code } = JSON.parse(line) as { readonly code?: unknown }
    return typeof code === 'number' ? { atMs: Math.round(mtimeMs), code } : null
  } catch {
    return null // It was never written, or ends in what is no answer: then nothing is known.
  }
}
