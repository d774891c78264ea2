import type { ArgumentEntry, CommandGroup, OptionEntry } from '../command.ts'
import { readOrderReason } from '../reason.ts'
import { URL_OPTION } from './health.ts'

const BY: OptionEntry = { flags: '--by <name>', summary: 'who orders it (default: you, by USER)' }
const ROUTE: ArgumentEntry = {
  name: 'route',
  summary: 'as `holdfast breakers list` shows it',
  values: 'route',
}

/** Which routes are called, and which are not. */
export const breakers: CommandGroup = {
  noun: 'breakers',
  summary: 'which routes are called, and which are not, and why',
  commands: [
    {
      path: ['breakers', 'list'],
      summary: 'list the routes, as all processes of the router have them',
      details: ['Exits with 10 when a process of the router lives and gives no answer.'],
      options: [URL_OPTION],
      writes: false,
      confirm: 'none',
      watch: { everyMs: 2_000 },
      needsDataDir: false,
      example: [],
      load: () => import('../commands/breakers-list.ts'),
    },
    {
      path: ['breakers', 'show'],
      summary: 'show one route, as each process of the router has it',
      arguments: [ROUTE],
      options: [URL_OPTION],
      writes: false,
      confirm: 'none',
      watch: { everyMs: 2_000 },
      needsDataDir: false,
      example: ['R1'],
      load: () => import('../commands/breakers-show.ts'),
    },
    {
      path: ['breakers', 'isolate'],
      summary: 'call a route no more, from no process, until it is reset',
      details: [
        'It holds after a restart, too. It waits until every process says that it obeys,',
        'at most 10 s or --timeout, and exits with 10 if one does not. It asks only',
        'when the route is the guardrail, or the last that may be called.',
      ],
      arguments: [ROUTE],
      options: [
        {
          flags: '--reason <text>',
          summary: 'why, for whoever comes after',
          isRequired: true,
          read: readOrderReason,
        },
        BY,
        URL_OPTION,
      ],
      writes: true,
      confirm: 'yes',
      needsDataDir: false,
      example: ['R3', '--reason', 'it answers nonsense'],
      load: () => import('../commands/breakers-isolate.ts'),
    },
    {
      path: ['breakers', 'reset'],
      summary: 'call a route again, and forget what it did',
      details: ['It waits as `breakers isolate` does, until every process obeys.'],
      arguments: [ROUTE],
      options: [BY, URL_OPTION],
      writes: true,
      confirm: 'none',
      needsDataDir: false,
      example: ['R1'],
      load: () => import('../commands/breakers-reset.ts'),
    },
  ],
}
