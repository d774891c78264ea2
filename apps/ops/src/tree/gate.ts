import type { CommandGroup } from '../command.ts'

/** Whether the evidence allows more. */
export const gate: CommandGroup = {
  noun: 'gate',
  summary: 'whether the evidence allows more users',
  commands: [
    {
      path: ['gate', 'check'],
      summary: 'judge the last 24 hours: go 0, no-go 4, inconclusive 5',
      details: [
        'The same evidence and the same gates as `holdfast promote auto`, and nothing',
        'is changed. Without --report the report is made anew from the ledger; one that',
        'was changed is no evidence, and ends it with 8.',
      ],
      options: [
        { flags: '--report <file>', summary: 'judge this report, as `report daily --out` writes' },
        { flags: '--require-tri', summary: 'TRI has a say, whatever the configuration says' },
        {
          flags: '--mode <mode>',
          summary: 'point values, or bounds that hold with confidence',
          choices: ['runbook', 'statistical'],
        },
      ],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['--require-tri'],
      load: () => import('../commands/gate-check.ts'),
    },
  ],
}
