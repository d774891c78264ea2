import type { CommandGroup } from '../command.ts'
import { readDuration } from '../duration.ts'
import { readMoment } from '../moment.ts'

/** What the decisions of a window amount to. */
export const report: CommandGroup = {
  noun: 'report',
  summary: 'what the last decisions amount to',
  commands: [
    {
      path: ['report', 'daily'],
      summary: 'sum up the decisions of the last 24 hours, and what came of them',
      details: [
        'Outcomes take time, so the window ends an hour ago (settleMs in the',
        'configuration). --out writes three files with one name: .json, .md and .csv,',
        'the last with a line for each decision. Without a name it is the report that',
        '`status` judges by, so with --window, --until and --ledger it needs one.',
      ],
      options: [
        {
          flags: '--window <length>',
          summary: 'how long it is, as 7d (default: what the gates judge, 24h)',
          read: readDuration,
        },
        {
          flags: '--until <time>',
          summary: 'when it ends, as 2026-11-20T09:00Z',
          read: readMoment,
        },
        { flags: '--ledger <file>', summary: 'another ledger: its directory, or a file of lines' },
        { flags: '--out [file]', summary: 'write it; default ops/report in the data directory' },
        {
          flags: '--format <format>',
          summary: 'how it is printed',
          choices: ['table', 'json', 'md'],
        },
      ],
      writes: true,
      confirm: 'none',
      needsDataDir: false,
      example: ['--window', '24h', '--out', 'report.json'],
      load: () => import('../commands/report-daily.ts'),
    },
  ],
}
