import { LONGEST_MINUTES, MADE_BY, timeText, type Job, type When } from './job.ts'
import { escaped, unescaped } from './xml.ts'

/** A first of a month, long ago: only the time of it counts. */
const FIRST_DAY = '2026-01-01'

/**
 * A task as the Task Scheduler reads it. It says what no flag of `schtasks /SC DAILY` can: a time that was missed is made up for, a second one does not
 * start beside the first, and neither batteries nor a failure that passes keep it from being done.
 *
 * Source: Task Scheduler Schema, [MS-TSCH] 2.5.
 */
export function taskXml(job: Job, encoding: 'UTF-8' | 'UTF-16'): string {
  const { title, at, command, account } = job
  const [program = '', ...args] = command
  const user = account === null ? '' : `\n      <UserId>${escaped(account)}</UserId>`
  return `<?xml version="1.0" encoding="${encoding}"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>holdfast</Author>
    <Description>${title}. ${escaped(MADE_BY)}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>${FIRST_DAY}T${timeText(at)}:00</StartBoundary>
      <Enabled>true</Enabled>
${at.every === 'day' ? EVERY_DAY : EVERY_MONTH}
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">${user}
      <LogonType>${account === null ? 'InteractiveToken' : 'S4U'}</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RestartOnFailure>
      <Interval>PT5M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
    <ExecutionTimeLimit>PT${LONGEST_MINUTES}M</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escaped(program)}</Command>
      <Arguments>${escaped(args.map(quoted).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`
}

const EVERY_DAY = `      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>`

const MONTHS =
  'January February March April May June July August September October November December'

const EVERY_MONTH = `      <ScheduleByMonth>
        <DaysOfMonth>
          <Day>1</Day>
        </DaysOfMonth>
        <Months>
${MONTHS.split(' ')
  .map((month) => `          <${month} />`)
  .join('\n')}
        </Months>
      </ScheduleByMonth>`

/** The bytes of a file for `schtasks /Create /XML`, which wants UTF-16 with a byte order mark. */
export const utf16 = (text: string): Buffer =>
  Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le')

/** The time that a task has, as this command writes it. */
export function timeOfTask(text: string): When | null {
  const [, hour, minute] = /<StartBoundary>[^<]*T(\d\d):(\d\d)/.exec(text) ?? []
  if (hour === undefined) return null
  const every = text.includes('<ScheduleByMonth>') ? 'month' : 'day'
  return { hour: Number(hour), minute: Number(minute), every }
}

/** One word of a command line. Source: Microsoft, "Parsing C++ command-line arguments". */
function quoted(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word
  // Backslashes count double before a quotation mark, and only there.
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}

const ESSENTIAL = [
  'StartBoundary',
  'DaysInterval',
  'Day',
  'UserId',
  'LogonType',
  'MultipleInstancesPolicy',
  'DisallowStartIfOnBatteries',
  'StopIfGoingOnBatteries',
  'StartWhenAvailable',
  'Interval',
  'Count',
  'ExecutionTimeLimit',
  'Command',
  'Arguments',
] as const

/** What a task does, without what the Task Scheduler adds to it: one field a line. */
export function essenceOf(xml: string): string {
  const lines = ESSENTIAL.flatMap((tag) => {
    const value = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1]
    // Whoever registers a task is added to it; his own name is no news.
    const isAdded = tag === 'UserId' && xml.includes('InteractiveToken')
    return value === undefined || isAdded ? [] : [`${tag}: ${unescaped(value)}\n`]
  })
  return lines.join('')
}
