import type { ArgumentEntry, CommandGroup } from '../command.ts'

/** What routers have learned, its backups, and how to go back. */
export const state: CommandGroup = {
  noun: 'state',
  summary: 'what was learned: look, back up, compare, restore',
  commands: [
    {
      path: ['state', 'show'],
      summary: 'show what was learned, and whether it is sound',
      details: [
        'It is copied and the copy is opened, so a router that learns is not disturbed.',
        'Exit code 3: nothing is there. 8: it cannot be opened. 10: some of it is lost.',
      ],
      writes: false,
      confirm: 'none',
      watch: { everyMs: 5_000 },
      needsDataDir: true,
      example: [],
      load: () => import('../commands/state-show.ts'),
    },
    {
      path: ['state', 'backup'],
      summary: 'copy what was learned, also while a router learns',
      details: [
        'The copy is opened before it counts as a backup; only then older ones go. The',
        'newest 7 are kept (keep.stateBackups), and always the newest sound one.',
      ],
      options: [{ flags: '--as-is', summary: 'keep the files even if they cannot be opened' }],
      writes: true,
      confirm: 'none',
      needsDataDir: true,
      example: [],
      load: () => import('../commands/state-backup.ts'),
    },
    {
      path: ['state', 'list'],
      summary: 'list the backups, the newest first',
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: [],
      load: () => import('../commands/state-list.ts'),
    },
    {
      path: ['state', 'verify'],
      summary: 'prove a backup: compare its hashes, restore it to a scratch directory',
      details: ['Without a name, the newest. Exit code 8 says that one is bad.'],
      arguments: [idArgument('which one, or `latest`', true)],
      options: [{ flags: '--all', summary: 'every backup' }],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['--all'],
      load: () => import('../commands/state-verify.ts'),
    },
    {
      path: ['state', 'diff'],
      summary: 'compare a backup with what is known now, or with another',
      arguments: [
        idArgument('the earlier, or `latest`'),
        {
          name: 'id2',
          summary: 'the later (default: what is known now)',
          isOptional: true,
          values: 'backup',
        },
      ],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['latest'],
      load: () => import('../commands/state-diff.ts'),
    },
    {
      path: ['state', 'restore'],
      summary: 'put a copy of a backup in the place of what was learned',
      details: [
        'Stop the router first: it would go on with what it knows. A backup of what is',
        'there is taken before, and its files are kept aside.',
      ],
      arguments: [idArgument('which one, or `latest`, the newest sound one')],
      writes: true,
      confirm: 'yes',
      needsDataDir: true,
      example: ['latest'],
      load: () => import('../commands/state-restore.ts'),
    },
    {
      path: ['state', 'reset'],
      summary: 'forget everything that was learned',
      details: [
        'Stop the router first. A backup is taken before, and the files are kept aside.',
        'The name that has to be typed, or given with --confirm, is: learned',
      ],
      writes: true,
      confirm: 'name',
      needsDataDir: true,
      example: ['--confirm', 'learned'],
      load: () => import('../commands/state-reset.ts'),
    },
  ],
}

function idArgument(summary: string, isOptional = false): ArgumentEntry {
  return { name: 'id', summary, isOptional, values: 'backup' }
}
