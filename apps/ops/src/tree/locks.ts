import type { CommandGroup } from '../command.ts'

/** Who has what to himself in the data directory. */
export const locks: CommandGroup = {
  noun: 'locks',
  summary: 'who has what to himself, and how to end it',
  commands: [
    {
      path: ['locks', 'list'],
      summary: 'list the locks that are held, with their holders',
      options: [{ flags: '--all', summary: 'those that are free, too' }],
      writes: false,
      confirm: 'none',
      watch: { everyMs: 2_000 },
      needsDataDir: true,
      example: ['--all'],
      load: () => import('../commands/locks-list.ts'),
    },
    {
      path: ['locks', 'break'],
      summary: 'take a lock from its holder',
      details: [
        'A holder that lives may be at work: stop it first. Its lock is only broken',
        'once the name of the lock is typed, or given with --confirm.',
      ],
      arguments: [{ name: 'name', summary: 'as `holdfast locks list` shows it', values: 'lock' }],
      writes: true,
      confirm: 'name',
      needsDataDir: true,
      example: ['anr_autopromo'],
      load: () => import('../commands/locks-break.ts'),
    },
  ],
}
