import { DESCRIPTION, LONGEST_MINUTES, MADE_BY, timeText, type Job, type TimeOfDay } from './job.ts'

/**
 * What is run. That the gates say no, or not enough, or that someone froze the rollout, is an answer and no failure of the unit.
 *
 * Source: systemd.service(5), systemd.syntax(7).
 */
export function jobUnit({ command, account }: Job): string {
  const user = account === null ? '' : `User=${account}\n`
  return `# ${MADE_BY}
[Unit]
Description=${DESCRIPTION}

[Service]
Type=oneshot
ExecStart=${command.map(quoted).join(' ')}
${user}SuccessExitStatus=4 5 6 7
TimeoutStartSec=${LONGEST_MINUTES}min
`
}

/**
 * When it is run. A day that was missed, as with the machine off, is made up for once.
 *
 * Source: systemd.timer(5).
 */
export function timerUnit({ name, at }: Job): string {
  return `# ${MADE_BY}
[Unit]
Description=${DESCRIPTION}, every day at ${timeText(at)}

[Timer]
OnCalendar=*-*-* ${timeText(at)}:00
Persistent=true
AccuracySec=1s
Unit=${name}.service

[Install]
WantedBy=timers.target
`
}

/** The time that a timer has, as this command writes it. */
export function timeOfTimer(text: string): TimeOfDay | null {
  const [, hour, minute] = /^OnCalendar=\*-\*-\* (\d\d):(\d\d):00$/m.exec(text) ?? []
  return hour === undefined ? null : { hour: Number(hour), minute: Number(minute) }
}

/** One word of a command line: specifiers and variables stay as they are written. */
function quoted(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[\w./:=@%$+,-]+$/.test(text)) return text
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
