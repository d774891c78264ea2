import type { CommandGroup, OptionEntry } from '../command.ts'
import { readName, readTime } from '../schedule/job.ts'

const TARGET: OptionEntry = {
  flags: '--target <scheduler>',
  summary: 'systemd, cron, launchd or windows (default: the one of this machine)',
  choices: ['systemd', 'cron', 'launchd', 'windows'],
}
const NAME: OptionEntry = {
  flags: '--name <name>',
  summary: 'of units, line or task (default holdfast-promote)',
  read: readName,
}
const USER: OptionEntry = {
  flags: '--user <account>',
  summary: 'for the whole machine, run as this account (default: your own)',
  read: readName,
}
const AT: OptionEntry = {
  flags: '--at <time>',
  summary: 'by the clock on the wall (default 09:05)',
  read: readTime,
}
const NODE: OptionEntry = {
  flags: '--node <path>',
  summary: 'the Node.js that runs it (default: the one that runs this)',
}
const ROOT: OptionEntry = {
  flags: '--root <dir>',
  summary: 'for images: files go below it, and no scheduler is called',
}
/** Nothing of the machine that tests run on is touched. */
const EXAMPLE = ['--target', 'systemd', '--root', 'image']

/** The daily promotion, by a scheduler of the machine. */
export const schedule: CommandGroup = {
  noun: 'schedule',
  summary: 'have the daily promotion run by a scheduler of this machine',
  commands: [
    {
      path: ['schedule', 'install'],
      summary: 'have `holdfast promote auto --require-tri --json` run every day',
      details: [
        'It shows what changes, and installs all of it or nothing. What is installed',
        'just so stays. A day that was missed is made up for, but not by cron.',
      ],
      options: [TARGET, AT, NAME, USER, NODE, ROOT],
      writes: true,
      confirm: 'none',
      needsDataDir: true,
      example: [...EXAMPLE, '--at', '09:05'],
      load: () => import('../commands/schedule-install.ts'),
    },
    {
      path: ['schedule', 'uninstall'],
      summary: 'take away what was installed, and nothing else',
      options: [TARGET, NAME, USER, ROOT],
      writes: true,
      confirm: 'none',
      needsDataDir: false,
      example: EXAMPLE,
      load: () => import('../commands/schedule-uninstall.ts'),
    },
    {
      path: ['schedule', 'status'],
      summary: 'show whether it is installed, when it runs, and how it last ended',
      details: ['Exits with 3 if it is not installed, 10 if it is off or its last run failed.'],
      options: [TARGET, NAME, USER, ROOT],
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      example: EXAMPLE,
      load: () => import('../commands/schedule-status.ts'),
    },
    {
      path: ['schedule', 'print'],
      summary: 'print what would be installed, and write nothing',
      options: [TARGET, AT, NAME, USER, NODE],
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      isRaw: true,
      example: ['--target', 'cron'],
      load: () => import('../commands/schedule-print.ts'),
    },
  ],
}
