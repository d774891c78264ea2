import type { CommandGroup } from '../command.ts'
import { readReason } from '../reason.ts'
import { readStage, STAGE_CHOICES } from '../stage-argument.ts'

/** More users, or fewer. */
export const promote: CommandGroup = {
  noun: 'promote',
  summary: 'let the learned policy answer for more users',
  commands: [
    {
      path: ['promote', 'auto'],
      summary: 'one stage up if the evidence and the time allow it',
      details: [
        'Made for a scheduler. Exits with 0 when it moved or there is nothing to do, 4',
        'for a no-go or a rollback that one led to, 5 when it is too early or nothing is',
        'proven, 6 while another job is at it, 7 when frozen, whatever the gates say, 8',
        'when the ledger was changed, 10 when a router does not say that it obeys.',
      ],
      options: [
        { flags: '--require-tri', summary: 'TRI has a say, whatever the configuration says' },
      ],
      writes: true,
      confirm: 'none',
      needsDataDir: true,
      example: ['--require-tri'],
      load: () => import('../commands/promote-auto.ts'),
    },
    {
      path: ['promote', 'to'],
      summary: 'set a stage by hand, and wait until the routers obey',
      details: [
        'Upwards by one stage where the gates are green, downwards as far as you like.',
        'After a rollback a new rollout begins, with evidence of its own. Where the',
        'gates refuse it, it ends with 4 for a no-go, and 5 where nothing is proven.',
      ],
      arguments: [
        { name: 'stage', summary: 'percent of users', choices: STAGE_CHOICES, read: readStage },
      ],
      options: [
        {
          flags: '--reason <text>',
          summary: 'why, for the record',
          isRequired: true,
          read: readReason,
        },
        { flags: '--force', summary: 'against the gates, or over a stage' },
      ],
      writes: true,
      confirm: 'yes',
      needsDataDir: true,
      example: ['25', '--reason', 'a good day'],
      load: () => import('../commands/promote-to.ts'),
    },
  ],
}
