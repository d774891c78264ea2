import { MADE_BY, type Job, type When } from './job.ts'
import { escaped } from './xml.ts'

/** What launchd is told. A time that was missed because the machine slept is made up for when it wakes. Source: launchd.plist(5). */
export function plist({ name, at, command, account, log }: Job): string {
  const user =
    account === null ? '' : `\t<key>UserName</key>\n\t<string>${escaped(account)}</string>\n`
  const day = at.every === 'day' ? '' : `\t\t<key>Day</key>\n\t\t<integer>1</integer>\n`
  const words = command.map((word) => `\t\t<string>${escaped(word)}</string>\n`).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${MADE_BY} -->
<plist version="1.0">
<dict>
\t<key>Label</key>
\t<string>${escaped(name)}</string>
${user}\t<key>ProgramArguments</key>
\t<array>
${words}\t</array>
\t<key>StartCalendarInterval</key>
\t<dict>
${day}\t\t<key>Hour</key>
\t\t<integer>${at.hour}</integer>
\t\t<key>Minute</key>
\t\t<integer>${at.minute}</integer>
\t</dict>
\t<key>ProcessType</key>
\t<string>Background</string>
\t<key>StandardOutPath</key>
\t<string>${escaped(log)}</string>
\t<key>StandardErrorPath</key>
\t<string>${escaped(log)}</string>
</dict>
</plist>
`
}

/** The time that a plist has, as this command writes it. */
export function timeOfPlist(text: string): When | null {
  const of = (key: string): string | undefined =>
    new RegExp(`<key>${key}</key>\\s*<integer>(\\d+)</integer>`).exec(text)?.[1]
  const [hour, minute] = [of('Hour'), of('Minute')]
  if (hour === undefined || minute === undefined) return null
  const every = of('Day') === undefined ? 'day' : 'month'
  return { hour: Number(hour), minute: Number(minute), every }
}
