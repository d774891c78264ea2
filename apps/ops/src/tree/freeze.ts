import type { CommandEntry } from '../command.ts'
import { readUntil } from '../moment.ts'
import { readReason } from '../reason.ts'

export const freeze: CommandEntry = {
  path: ['freeze'],
  summary: 'nothing is promoted or begun until someone unfreezes; never asks',
  details: [
    'The stage stays as it is. With --rollback the guardrail answers everyone as',
    'well, as when an alert pages. --until is told to whoever looks; it unfreezes',
    'nothing.',
  ],
  options: [
    { flags: '--reason <text>', summary: 'why, for the record', read: readReason },
    { flags: '--until <time>', summary: 'as 2026-11-20T09:00Z, or 12h from now', read: readUntil },
    { flags: '--rollback', summary: 'roll back first' },
  ],
  writes: true,
  confirm: 'none',
  needsDataDir: true,
  settings: 'if-sound',
  example: ['--reason', 'looking into an alert', '--until', '12h'],
  load: () => import('../commands/freeze.ts'),
}

export const unfreeze: CommandEntry = {
  path: ['unfreeze'],
  summary: 'what was frozen may be promoted and begun again',
  options: [{ flags: '--reason <text>', summary: 'why, for the record', read: readReason }],
  writes: true,
  confirm: 'none',
  needsDataDir: true,
  example: ['--reason', 'the alert was false'],
  load: () => import('../commands/unfreeze.ts'),
}
