import { describe, expect, it } from 'vitest'
import { TRICKY } from '../fixtures/schedule.fixture.ts'
import { diffLines, shortDiff } from './diff.ts'
import { nextAt, readName, readTime, timeText } from './job.ts'
import { checkStays } from './prepare.ts'
import { vanishingWith } from './vanishing.ts'

describe('a time of day', () => {
  it('is hours and minutes, and nothing else', () => {
    expect([readTime('09:05'), readTime('9:05'), readTime('23:59')].map(timeText)).toEqual([
      '09:05',
      '09:05',
      '23:59',
    ])
    for (const wrong of ['24:00', '9', '9:5', '09:60', '0905', ' 09:05']) {
      expect(() => readTime(wrong)).toThrow('It must be a time of day')
    }
  })

  it('comes next today or tomorrow, by the clock on the wall', () => {
    const noon = new Date(2026, 10, 21, 12, 0).getTime()
    const daily = { hour: 12, minute: 0, every: 'day' } as const
    expect(nextAt({ ...daily, minute: 1 }, noon)).toBe(noon + 60_000)
    expect(nextAt(daily, noon)).toBe(new Date(2026, 10, 22, 12, 0).getTime())
  })

  it('comes next on the first of this month or the next, also over the end of a year', () => {
    const monthly = { hour: 3, minute: 35, every: 'month' } as const
    const first = new Date(2026, 11, 1, 3, 35).getTime()
    expect(nextAt(monthly, first - 1)).toBe(first)
    expect(nextAt(monthly, first)).toBe(new Date(2027, 0, 1, 3, 35).getTime())
    expect(nextAt(monthly, new Date(2026, 11, 31, 12, 0).getTime())).toBe(
      new Date(2027, 0, 1, 3, 35).getTime(),
    )
  })
})

describe('a name', () => {
  it('is one that every scheduler and file system takes', () => {
    expect(readName('holdfast-promote.2')).toBe('holdfast-promote.2')
    for (const wrong of ['', '-a', 'a b', '../a', 'a/b', 'a\n', 'x'.repeat(65)]) {
      expect(() => readName(wrong)).toThrow('It must be 1 to 64')
    }
  })
})

describe('a program that goes away with an update', () => {
  it('is known by its path', () => {
    for (const [path, manager] of [
      ['/opt/ana/.nvm/versions/node/v24.1.0/bin/node', 'nvm'],
      [String.raw`D:\nvm\v24.1.0\node.exe`, 'nvm'],
      ['/run/user/1000/fnm_multishells/1_2/bin/node', 'fnm'],
      ['/opt/ana/.volta/tools/image/node/24.1.0/bin/node', 'Volta'],
      ['/opt/ana/.asdf/installs/nodejs/24.1.0/bin/node', 'asdf'],
      ['/opt/ana/.local/share/mise/installs/node/24/bin/node', 'mise'],
      ['/opt/homebrew/Cellar/node/24.1.0/bin/node', 'Homebrew'],
      ['/usr/bin/node', null],
      ['/opt/nvmish/node', null],
    ] as const) {
      expect([path, vanishingWith(path)]).toEqual([path, manager])
    }
  })

  it('is refused, unless a person named it: then it is warned of', () => {
    const [, ...rest] = TRICKY.command
    const job = { ...TRICKY, command: ['/opt/ana/.nvm/versions/node/v24.1.0/bin/node', ...rest] }
    const warnings: string[] = []
    const warn = (text: string): void => void warnings.push(text)
    expect(() => checkStays(job, false, warn)).toThrow(
      'belongs to nvm, and is gone with its next update',
    )
    expect(warnings).toEqual([])
    checkStays(job, true, warn)
    expect(warnings).toEqual([expect.stringContaining('belongs to nvm')])
    checkStays(TRICKY, false, warn)
    expect(warnings).toHaveLength(1)
  })
})

describe('a diff', () => {
  it('says what goes and what comes, in place', () => {
    expect(diffLines('a\nb\nc\n', 'a\nB\nc\nd\n')).toEqual(['  a', '- b', '+ B', '  c', '+ d'])
    expect(diffLines(null, 'a\n')).toEqual(['+ a'])
    expect(diffLines('a\n', null)).toEqual(['- a'])
    expect(diffLines('a\n', 'a\n')).toEqual(['  a'])
  })

  it('shows no more than a line around each change', () => {
    expect(shortDiff('1\n2\n3\n4\n5\n', '1\n2\nx\n4\n5\n')).toEqual(['  2', '- 3', '+ x', '  4'])
  })
})
