import type { CommandGroup } from '../command.ts'
import { readDuration } from '../duration.ts'
import { readCount } from '../count.ts'

/** The record of what was decided, and on what. */
export const receipts: CommandGroup = {
  noun: 'receipts',
  summary: 'the record of every decision, and whether it is whole',
  commands: [
    {
      path: ['receipts', 'list'],
      summary: 'list the last receipts',
      options: [
        { flags: '--last <count>', summary: 'how many; default 20', read: readCount },
        {
          flags: '--action <action>',
          summary: 'only those of one kind',
          choices: ['promote', 'hold', 'rollback', 'stage', 'freeze', 'thaw', 'begin'],
        },
      ],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['--last', '5'],
      load: () => import('../commands/receipts-list.ts'),
    },
    {
      path: ['receipts', 'show'],
      summary: 'show one receipt: what was done, why, and what the gates said',
      arguments: [
        {
          name: 'which',
          summary: 'its number, its file, or last',
          isOptional: true,
          values: 'receipt',
        },
      ],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['last'],
      load: () => import('../commands/receipts-show.ts'),
    },
    {
      path: ['receipts', 'verify'],
      summary: 'whether none was changed, removed or added; exits with 8 if one was',
      details: ['What receipts are signed with is taken from HOLDFAST_RECEIPT_KEY.'],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: [],
      load: () => import('../commands/receipts-verify.ts'),
    },
    {
      path: ['receipts', 'replay'],
      summary: 'judge again what receipts were judged on; exits with 8 if one differs',
      details: ['The chain is verified first; one that is broken ends it with 8 as well.'],
      arguments: [
        {
          name: 'which',
          summary: 'its number, its file, or last; else all',
          isOptional: true,
          values: 'receipt',
        },
      ],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['last'],
      load: () => import('../commands/receipts-replay.ts'),
    },
    {
      path: ['receipts', 'prune'],
      summary: 'remove receipts past their time; the chain stays whole',
      options: [
        {
          flags: '--older-than <length>',
          summary: 'as 90d (keep.receiptDays)',
          read: readDuration,
        },
      ],
      writes: true,
      confirm: 'yes',
      needsDataDir: true,
      example: ['--older-than', '82h'],
      load: () => import('../commands/receipts-prune.ts'),
    },
  ],
}
