import type { CommandGroup, OptionEntry } from '../command.ts'
import { readSince } from '../moment.ts'

const since = (summary: string): OptionEntry => ({
  flags: '--since <when>',
  summary,
  read: readSince,
})

/** What was decided and what came of it. */
export const ledger: CommandGroup = {
  noun: 'ledger',
  summary: 'what was decided and what came of it: look, count, prove, pack',
  commands: [
    {
      path: ['ledger', 'show'],
      summary: 'show the newest decisions, or one with all that came of it',
      options: [
        { flags: '--id <id>', summary: 'this decision only' },
        since('no older than this: 2h, "1 hour ago", yesterday, or 2026-11-20T09:00Z'),
        { flags: '--limit <n>', summary: 'at most so many (default 20)', read: readLimit },
      ],
      writes: false,
      confirm: 'none',
      watch: { everyMs: 2_000 },
      needsDataDir: true,
      example: ['--limit', '5'],
      load: () => import('../commands/ledger-show.ts'),
    },
    {
      path: ['ledger', 'stats'],
      summary: 'count lines by day: decided, heard of, missing, not used',
      options: [since('from then on: 30d, or 2026-11-01T00:00Z (default 7d)')],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['--since', '30d'],
      load: () => import('../commands/ledger-stats.ts'),
    },
    {
      path: ['ledger', 'verify'],
      summary: 'prove that every line is as it was written, and none is gone',
      details: ['Exit code 8 says that one is not; the file and its line are named.'],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: [],
      load: () => import('../commands/ledger-verify.ts'),
    },
    {
      path: ['ledger', 'archive'],
      summary: 'pack the segments of past days, and remove what is too old',
      details: [
        'Kept are 12 whole months beside the current one (keep.ledgerMonths). It asks',
        'only when something would be removed. `holdfast schedule install --job archive`',
        'has it run every month.',
      ],
      writes: true,
      confirm: 'yes',
      needsDataDir: true,
      example: [],
      load: () => import('../commands/ledger-archive.ts'),
    },
  ],
}

function readLimit(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 1 && value <= 10_000) return value
  throw new RangeError('It must be a whole number from 1 to 10000.')
}
