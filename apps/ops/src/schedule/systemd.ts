import { LONGEST_MINUTES, MADE_BY, timeText, whenText, type Job, type When } from './job.ts'

/**
 * What is run. That nothing is proven, or another is at it, is an answer and no failure of the unit; whatever wants a person is one.
 *
 * Source: systemd.service(5), systemd.syntax(7).
 */
export function jobUnit({ title, command, answers, account }: Job): string {
  const user = account === null ? '' : `User=${account}\n`
  return `# ${MADE_BY}
[Unit]
Description=${title}

[Service]
Type=oneshot
ExecStart=${command.map(quoted).join(' ')}
${user}SuccessExitStatus=${answers.join(' ')}
TimeoutStartSec=${LONGEST_MINUTES}min
`
}

/**
 * When it is run. A time that was missed, as with the machine off, is made up for once.
 *
 * Source: systemd.timer(5).
 */
export function timerUnit({ name, title, at }: Job): string {
  return `# ${MADE_BY}
[Unit]
Description=${title}, ${whenText(at)}

[Timer]
OnCalendar=*-*-${at.every === 'day' ? '*' : '01'} ${timeText(at)}:00
Persistent=true
AccuracySec=1s
Unit=${name}.service

[Install]
WantedBy=timers.target
`
}

/** The time that a timer has, as this command writes it. */
export function timeOfTimer(text: string): When | null {
  const [, day, hour, minute] = /^OnCalendar=\*-\*-(\*|01) (\d\d):(\d\d):00$/m.exec(text) ?? []
  if (hour === undefined) return null
  return { hour: Number(hour), minute: Number(minute), every: day === '*' ? 'day' : 'month' }
}

/** One word of a command line: specifiers and variables stay as they are written. */
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[\w./:=@%$+,-]+$/.test(text)) return text
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
