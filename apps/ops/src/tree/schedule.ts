import type { CommandGroup, OptionEntry } from '../command.ts'
import { readName, readTime } from '../schedule/job.ts'

const JOB: OptionEntry = {
  flags: '--job <job>',
  summary: 'promote, every day, or archive, every month (default promote)',
  choices: ['promote', 'archive'],
}
const TARGET: OptionEntry = {
  flags: '--target <scheduler>',
  summary: 'systemd, cron, launchd or windows (default: the one of this machine)',
  choices: ['systemd', 'cron', 'launchd', 'windows'],
}
const NAME: OptionEntry = {
  flags: '--name <name>',
  summary: 'of units, line or task (default holdfast-<job>)',
  read: readName,
}
const USER: OptionEntry = {
  flags: '--user <account>',
  summary: 'for the whole machine, run as this account (default: your own)',
  read: readName,
}
const AT: OptionEntry = {
  flags: '--at <time>',
  summary: 'by the clock on the wall (default 09:05; archive 03:35)',
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

/** The daily promotion and the monthly archive, by a scheduler of the machine. */
export const schedule: CommandGroup = {
  noun: 'schedule',
  summary: 'have daily promotion and monthly archive run by a scheduler here',
  commands: [
    {
      path: ['schedule', 'install'],
      summary: 'have the daily promotion, or the monthly archive of the ledger, run by itself',
      details: [
        'promote runs `holdfast promote auto --require-tri --json` every day;',
        'archive runs `holdfast ledger archive --yes --json` every month, on the first.',
        'It shows what changes, and installs all of it or nothing. What is installed',
        'just so stays. A time that was missed is made up for, but not by cron.',
      ],
      options: [JOB, TARGET, AT, NAME, USER, NODE, ROOT],
      writes: true,
      confirm: 'none',
      needsDataDir: true,
      example: [...EXAMPLE, '--at', '09:05'],
      load: () => import('../commands/schedule-install.ts'),
    },
    {
      path: ['schedule', 'uninstall'],
      summary: 'take away what was installed, and nothing else',
      options: [JOB, TARGET, NAME, USER, ROOT],
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
      options: [JOB, TARGET, NAME, USER, ROOT],
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      example: EXAMPLE,
      load: () => import('../commands/schedule-status.ts'),
    },
    {
      path: ['schedule', 'print'],
      summary: 'print what would be installed, and write nothing',
      options: [JOB, TARGET, AT, NAME, USER, NODE],
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      isRaw: true,
      example: ['--target', 'cron'],
      load: () => import('../commands/schedule-print.ts'),
    },
  ],
}
