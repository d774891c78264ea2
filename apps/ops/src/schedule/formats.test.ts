import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TRICKY, TRICKY_ARCHIVE } from '../fixtures/schedule.fixture.ts'
import { parseXml, textsOf, type Element } from '../fixtures/xml.fixture.ts'
import { cronLine, timeOfLine, withLine, withoutLine } from './cron.ts'
import { plist, timeOfPlist } from './launchd.ts'
import { jobUnit, timeOfTimer, timerUnit } from './systemd.ts'
import { essenceOf, taskXml, timeOfTask, utf16 } from './windows.ts'

const golden = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'golden', name), 'utf8')

describe('what is written for each scheduler', () => {
  it.each([
    ['holdfast-promote.service', jobUnit(TRICKY)],
    ['holdfast-promote.timer', timerUnit(TRICKY)],
    ['crontab', `${cronLine(TRICKY)}\n`],
    ['holdfast-promote.plist', plist(TRICKY)],
    ['holdfast-promote.xml', taskXml(TRICKY, 'UTF-16')],
    ['holdfast-archive.service', jobUnit(TRICKY_ARCHIVE)],
    ['holdfast-archive.timer', timerUnit(TRICKY_ARCHIVE)],
    ['crontab-archive', `${cronLine(TRICKY_ARCHIVE)}\n`],
    ['holdfast-archive.plist', plist(TRICKY_ARCHIVE)],
    ['holdfast-archive.xml', taskXml(TRICKY_ARCHIVE, 'UTF-16')],
  ])('%s is, to the last byte, as it was looked at', (name, text) => {
    expect(text).toBe(golden(name))
  })

  it.each(['day', 'month'] as const)(
    'says when, so that it can be told again: every %s',
    (every) => {
      const at = { hour: 23, minute: 7, every }
      const job = { ...TRICKY, at }
      expect(timeOfTimer(timerUnit(job))).toEqual(at)
      expect(timeOfLine(withLine('', job), job.name)).toEqual(at)
      expect(timeOfPlist(plist(job))).toEqual(at)
      expect(timeOfTask(taskXml(job, 'UTF-16'))).toEqual(at)
      for (const read of [timeOfTimer, timeOfPlist, timeOfTask]) expect(read('')).toBeNull()
    },
  )

  it('names the account where it is for the whole machine', () => {
    const job = { ...TRICKY, account: 'router' }
    expect(jobUnit(job)).toContain('\nUser=router\n')
    expect(plist(job)).toContain('<key>UserName</key>\n\t<string>router</string>')
    expect(taskXml(job, 'UTF-16')).toContain('<UserId>router</UserId>\n      <LogonType>S4U<')
  })
})

/** What a line of a crontab calls, as crontab(5) and a POSIX shell read it. */
function cronCall(line: string): { readonly when: string; readonly words: string[] } {
  const [, when = '', escaped = ''] = /^((?:\S+ ){4}\S+) (.*)$/.exec(line) ?? []
  if (/(?<!\\)%/.test(escaped)) throw new Error(`cron ends the line at a % in ${escaped}`)
  const command = escaped.replaceAll('\\%', '%')
  const words: string[] = []
  let word: string | null = null
  for (let i = 0; i < command.length; i += 1) {
    const character = command.charAt(i)
    if (character === "'") {
      const end = command.indexOf("'", i + 1)
      if (end < 0) throw new Error(`an open quote in ${command}`)
      word = `${word ?? ''}${command.slice(i + 1, end)}`
      i = end
    } else if (character === '\\') {
      i += 1
      word = `${word ?? ''}${command.charAt(i)}`
    } else if (character === ' ') {
      if (word !== null) words.push(word)
      word = null
    } else if (character === '#' && word === null) {
      return { when, words }
    } else {
      if (/["$`&;|*?[\]()~!{}]/.test(character) && !/^\d?[>&]/.test(command.slice(i - 1)))
        throw new Error(`a shell takes ${character} for its own in ${command}`)
      word = `${word ?? ''}${character}`
    }
  }
  return { when, words: word === null ? words : [...words, word] }
}

describe('a crontab', () => {
  it('calls what is to be called, whatever is in its path', () => {
    const { when, words } = cronCall(cronLine(TRICKY))
    expect(when).toBe('5 9 * * *')
    expect(words).toEqual([...TRICKY.command, `>>${TRICKY.log}`, '2>&1'])
  })

  it('keeps every other line, byte for byte, and has the job once', () => {
    const others =
      '# mine\nMAILTO=x\n*/5 * * * * a % b\n\n0 0 * * * c # holdfast:other\n#5 9 * * * d # holdfast:holdfast-promote\n'
    const once = withLine(others, TRICKY)
    expect(once).toBe(`${others}${cronLine(TRICKY)}\n`)
    expect(withLine(once, TRICKY)).toBe(once)
    const later = withLine(once, { ...TRICKY, at: { hour: 10, minute: 0, every: 'day' } })
    expect(later).toBe(once.replace('5 9 * * * /usr', '0 10 * * * /usr'))
    expect(withoutLine(later, TRICKY.name)).toBe(others)
    expect(withoutLine(others, TRICKY.name)).toBe(others)
  })

  it('gets its line in its place, and a line end before it where there is none', () => {
    const line = cronLine(TRICKY)
    expect(withLine('a', TRICKY)).toBe(`a\n${line}\n`)
    const moved = withLine(`a\n${line}\nb\n`, {
      ...TRICKY,
      at: { hour: 1, minute: 2, every: 'day' },
    })
    expect(moved.split('\n').map((one) => one.slice(0, 5))).toEqual(['a', '2 1 *', 'b', ''])
  })
})

describe('a property list', () => {
  it('is XML whose words are those that are to arrive', () => {
    const root = parseXml(plist(TRICKY))
    const [dict] = root.children
    const value = (key: string): Element | undefined => {
      const children = dict?.children ?? []
      return children[children.findIndex(({ tag, text }) => tag === 'key' && text === key) + 1]
    }
    expect([root.tag, root.attributes, dict?.tag]).toEqual(['plist', 'version="1.0"', 'dict'])
    expect(value('Label')?.text).toBe(TRICKY.name)
    expect(value('ProgramArguments')?.children.map(({ text }) => text)).toEqual(TRICKY.command)
    expect(value('StandardOutPath')?.text).toBe(TRICKY.log)
    expect(value('StartCalendarInterval')?.children.map(({ text }) => text)).toEqual([
      'Hour',
      '9',
      'Minute',
      '5',
    ])
  })
})

/** As Windows divides a command line. Source: Microsoft, "Parsing C++ command-line arguments". */
function windowsWords(line: string): string[] {
  const words: string[] = []
  let [word, isQuoted, hasWord] = ['', false, false]
  for (const [part] of line.matchAll(/\\*"|\\+|[^\\"]/g)) {
    if (part.endsWith('"')) {
      word += '\\'.repeat((part.length - 1) >> 1)
      if (part.length % 2 === 0) word += '"'
      else isQuoted = !isQuoted
      hasWord = true
    } else if (part === ' ' && !isQuoted) {
      if (hasWord) words.push(word)
      word = ''
      hasWord = false
    } else {
      word += part
      hasWord = true
    }
  }
  return hasWord ? [...words, word] : words
}

describe('a task', () => {
  it('is XML that says what no flag of schtasks can', () => {
    const task = parseXml(taskXml(TRICKY, 'UTF-16'))
    const of = (tag: string): string => textsOf(task, tag).join()
    expect(task.children.map(({ tag }) => tag)).toEqual([
      'RegistrationInfo',
      'Triggers',
      'Principals',
      'Settings',
      'Actions',
    ])
    expect(of('StartBoundary')).toMatch(/T09:05:00$/)
    expect([
      of('StartWhenAvailable'),
      of('MultipleInstancesPolicy'),
      of('ExecutionTimeLimit'),
    ]).toEqual(['true', 'IgnoreNew', 'PT30M'])
    expect([of('DisallowStartIfOnBatteries'), of('StopIfGoingOnBatteries')]).toEqual([
      'false',
      'false',
    ])
    expect(of('Count')).toBe('3')
    expect([of('Command'), ...windowsWords(of('Arguments'))]).toEqual(TRICKY.command)
  })

  it('of a month names its first day, and every month', () => {
    const task = parseXml(taskXml(TRICKY_ARCHIVE, 'UTF-16'))
    expect([textsOf(task, 'Day'), textsOf(task, 'DaysInterval')]).toEqual([['1'], []])
    expect(taskXml(TRICKY_ARCHIVE, 'UTF-16').match(/<[A-Z][a-z]+ \/>/g)).toHaveLength(12)
    expect(essenceOf(taskXml(TRICKY_ARCHIVE, 'UTF-16'))).toContain('Day: 1\n')
  })

  it('quotes backslashes as Windows counts them', () => {
    const command = ['C:\\node.exe', 'C:\\the data\\', 'a\\"b', 'plain\\', '', 'c d"']
    const task = parseXml(taskXml({ ...TRICKY, command }, 'UTF-16'))
    expect(windowsWords(textsOf(task, 'Arguments').join())).toEqual(command.slice(1))
  })

  it('is a file in UTF-16 with a byte order mark, as schtasks wants it', () => {
    const bytes = utf16(taskXml(TRICKY, 'UTF-16'))
    expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0x00])
    expect(bytes.toString('utf16le')).toContain('encoding="UTF-16"?>\r\n<Task ')
  })

  it('is the same when the Task Scheduler has added what it adds', () => {
    const xml = taskXml(TRICKY, 'UTF-16')
    const kept = xml
      .replace('<LogonType>', '<UserId>S-1-5-21</UserId>\n      <LogonType>')
      .replace('<Settings>', '<Settings>\n    <IdleSettings />')
    expect(essenceOf(kept)).toBe(essenceOf(xml))
    expect(
      essenceOf(taskXml({ ...TRICKY, at: { hour: 8, minute: 0, every: 'day' } }, 'UTF-16')),
    ).not.toBe(essenceOf(xml))
  })
})
