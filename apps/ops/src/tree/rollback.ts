import type { CommandEntry } from '../command.ts'
import { readReason } from '../reason.ts'

export const rollback: CommandEntry = {
  path: ['rollback'],
  summary: 'the guardrail answers everyone, at once; never asks',
  details: [
    'Works while anyone holds a lock, while no router runs, with a configuration that',
    'cannot be used, on a full disk, and with a broken journal, which is then kept',
    'beside a new one. It lasts until someone begins again with `holdfast promote to',
    '10`. Exits with 10 when a router does not say that it obeys, and when Ctrl-C or',
    '--timeout ends the wait for it: it is in force all the same.',
  ],
  options: [{ flags: '--reason <text>', summary: 'why, for the record', read: readReason }],
  writes: true,
  confirm: 'none',
  needsDataDir: true,
  settings: 'if-sound',
  example: ['--reason', 'answers are wrong'],
  load: () => import('../commands/rollback.ts'),
}
