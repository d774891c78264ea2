import type { Command } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { nextAt, timeText, type Job, type When } from '../schedule/job.ts'
import type { TargetName } from '../schedule/machine.ts'
import { prepare, sameSchedule, type ScheduleGiven } from '../schedule/prepare.ts'
import { stateOf, type LastRun } from '../schedule/state.ts'
import { scheduleLines } from '../show/schedule.ts'

/** What the scheduler itself tells, not what was once installed. */
export interface ScheduleShown {
  readonly target: TargetName
  readonly name: string
  /** `partly`: something of it is missing. */
  readonly installed: 'yes' | 'no' | 'partly'
  /** Where it is, or would be. */
  readonly where: readonly string[]
  /** Null: the scheduler does not say. */
  readonly isOn: boolean | null
  /** As `09:05`; null where it is not installed. */
  readonly at: string | null
  readonly every: When['every']
  /** When it was looked, in ms since 1970. */
  readonly nowMs: number
  readonly nextAtMs: number | null
  readonly last: LastRun | null
}

export const command: Command<ScheduleShown, ScheduleGiven> = {
  async run(context, given) {
    const { job, target, run } = prepare(context, given)
    const found = await Promise.all(
      target.parts.map(async ({ store, isOurs }) => {
        const text = await store.read()
        return text !== null && isOurs(text) ? text : null
      }),
    )
    const texts = found.filter((text) => text !== null)
    const installed = texts.length === found.length ? 'yes' : texts.length === 0 ? 'no' : 'partly'
    const isAsked = installed !== 'no' && given.root === undefined
    const state = isAsked ? await stateOf(target, job, texts, run) : { isOn: null, last: null }
    const at = texts.map((text) => target.timeOf(text)).findLast((time) => time !== null) ?? null
    const nowMs = context.clock.wallMs()
    const data: ScheduleShown = {
      target: target.id,
      name: job.name,
      installed,
      where: target.parts.map(({ store }) => store.what),
      ...state,
      at: at === null ? null : timeText(at),
      every: (at ?? job.at).every,
      nowMs,
      nextAtMs:
        at === null || installed !== 'yes' || state.isOn === false ? null : nextAt(at, nowMs),
    }
    return { code: exitOf(data, job), data, next: nextOf(data, given) }
  },
  show: scheduleLines,
}

function exitOf({ installed, isOn, last }: ScheduleShown, { answers }: Job): ExitCode {
  if (installed === 'no') return EXIT.notFound
  // What wants no person is no failure.
  const done: readonly number[] = [EXIT.ok, ...answers]
  const hasFailed = last !== null && !done.includes(last.code)
  return installed === 'partly' || isOn === false || hasFailed ? EXIT.degraded : EXIT.ok
}

function nextOf({ installed, isOn }: ScheduleShown, given: ScheduleGiven): string[] {
  return installed === 'yes' && isOn !== false ? [] : [sameSchedule('install', given)]
}
