import type { CommandGroup } from '../command.ts'

/** What the command was told, and by whom. */
export const config: CommandGroup = {
  noun: 'config',
  summary: 'what this command is told, and by whom',
  commands: [
    {
      path: ['config', 'show'],
      summary: 'show every setting',
      options: [{ flags: '--origin', summary: 'and where each comes from' }],
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      example: ['--origin'],
      load: () => import('../commands/config-show.ts'),
    },
    {
      path: ['config', 'validate'],
      summary: 'check the configuration file; exits with 2 if it cannot be used',
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      example: [],
      load: () => import('../commands/config-validate.ts'),
    },
    {
      path: ['config', 'schema'],
      summary: 'print the JSON Schema of the configuration file',
      writes: false,
      confirm: 'none',
      needsDataDir: false,
      settings: 'unused',
      isRaw: true,
      example: [],
      load: () => import('../commands/config-schema.ts'),
    },
  ],
}
