import type { CommandEntry } from '../command.ts'
import { readReason } from '../reason.ts'
import { readStage, STAGE_CHOICES } from '../stage-argument.ts'

/** The names that operators of the pilot scripts know. */
export const pilot: CommandEntry = {
  path: ['pilot'],
  summary: 'the old names: does what is asked and says how it is asked today',
  details: [
    '--auto is `holdfast promote auto`, --stage is `holdfast promote to`, --rollback',
    'is `holdfast rollback`. One of the three has to be given.',
  ],
  options: [
    { flags: '--auto', summary: 'one stage up if the evidence allows it' },
    {
      flags: '--stage <stage>',
      summary: 'set a stage by hand',
      choices: STAGE_CHOICES,
      read: readStage,
    },
    { flags: '--rollback', summary: 'the guardrail answers everyone, at once' },
    { flags: '--require-tri', summary: 'with --auto: TRI has a say' },
    { flags: '--reason <text>', summary: 'why, for the record', read: readReason },
  ],
  writes: true,
  confirm: 'yes',
  needsDataDir: true,
  // What moves users upwards goes by the gates of the file; a rollback needs none.
  settings: ({ rollback }) => (rollback === true ? 'if-sound' : 'needed'),
  example: ['--stage', '25', '--reason', 'a good day'],
  load: () => import('../commands/pilot.ts'),
}
