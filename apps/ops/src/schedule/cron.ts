import { shellWord } from '../shell-word.ts'
import type { Job, When } from './job.ts'

/** By the end of a line it is known whose it is: to the shell it is a comment. */
const mark = (name: string): string => ` # holdfast:${name}`

/** A line of a crontab: its answers go to the log. Source: crontab(5), where `%` is a line end unless a backslash precedes it. */
export function cronLine({ name, at, command, log }: Job): string {
  const words = command.map(shellWord).join(' ')
  const line = `${words} >>${shellWord(log)} 2>&1`.replaceAll('%', '\\%')
  const day = at.every === 'day' ? '*' : '1'
  return `${at.minute} ${at.hour} ${day} * * ${line}${mark(name)}`
}

/** A crontab with the line instead of its earlier one, or at the end. Every other byte stays. */
export function withLine(crontab: string, job: Job): string {
  const line = cronLine(job)
  const lines = crontab.split('\n')
  const index = lines.findIndex((one) => isOf(one, job.name))
  if (index >= 0) {
    const rest = lines.slice(index + 1).filter((one) => !isOf(one, job.name))
    return [...lines.slice(0, index), line, ...rest].join('\n')
  }
  const end = crontab === '' || crontab.endsWith('\n') ? '' : '\n'
  return `${crontab}${end}${line}\n`
}

/** A crontab without the line. Every other byte stays. */
export const withoutLine = (crontab: string, name: string): string =>
  crontab
    .split('\n')
    .filter((line) => !isOf(line, name))
    .join('\n')

/** The time of the line, as this command writes it; null where there is none. */
export function timeOfLine(crontab: string, name: string): When | null {
  const line = crontab.split('\n').find((one) => isOf(one, name)) ?? ''
  const [, minute, hour, day] = /^(\d+) (\d+) (\*|1) \* \* /.exec(line) ?? []
  if (minute === undefined) return null
  return { hour: Number(hour), minute: Number(minute), every: day === '*' ? 'day' : 'month' }
}

/** One that a person has commented out is his. */
const isOf = (line: string, name: string): boolean =>
  line.endsWith(mark(name)) && !/^\s*#/.test(line)
