import type { CommandGroup, OptionEntry } from '../command.ts'
import { readCount } from '../count.ts'
import { readDuration } from '../duration.ts'

const STAGE: OptionEntry = {
  flags: '--stage <stage>',
  summary: 'of this stage only',
  choices: ['import', 'migrate'],
}

/** Numbered runs that are worked off: what was done, what failed, what is next. */
export const runs: CommandGroup = {
  noun: 'runs',
  summary: 'where numbered runs stand: done, failed, missing, next',
  commands: [
    {
      path: ['runs', 'show'],
      summary: 'show how far each stage is',
      options: [STAGE],
      writes: false,
      confirm: 'none',
      watch: { everyMs: 2_000 },
      needsDataDir: true,
      example: [],
      load: () => import('../commands/runs-show.ts'),
    },
    {
      path: ['runs', 'gaps'],
      summary: 'list the runs that are neither done nor known not to exist',
      options: [STAGE],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['--stage', 'import'],
      load: () => import('../commands/runs-gaps.ts'),
    },
    {
      path: ['runs', 'failures'],
      summary: 'list the runs that failed, how often, and whether they are due again',
      details: [
        'EARLIER are tries before `runs retry`. --due prints the runs that are due one',
        'a line, as a file for the program that does the work.',
      ],
      options: [
        STAGE,
        { flags: '--attempts <n>', summary: 'tries in all (default 3)', read: readCount },
        {
          flags: '--wait <length>',
          summary: 'from the first failure to the second try (default 3s)',
          read: readDuration,
        },
        { flags: '--due', summary: 'nothing but the runs that are due' },
      ],
      writes: false,
      confirm: 'none',
      needsDataDir: true,
      example: ['--attempts', '5'],
      load: () => import('../commands/runs-failures.ts'),
    },
    {
      path: ['runs', 'retry'],
      summary: 'make failed runs due again at once, also those that were given up',
      details: [
        'Their tries are counted from 0 again. Without a run all that failed are meant,',
        'but not those that no other try mends: these have to be named. No mark moves,',
        'and what a program at work records meanwhile is kept.',
      ],
      arguments: [
        {
          name: 'runs',
          summary: 'which runs (default: all that may be tried again)',
          isOptional: true,
          isList: true,
          values: 'run',
          read: readCount,
        },
      ],
      options: [STAGE],
      writes: true,
      confirm: 'yes',
      needsDataDir: true,
      example: ['--stage', 'import'],
      load: () => import('../commands/runs-retry.ts'),
    },
    {
      path: ['runs', 'recover'],
      summary: 'make the state of a stage anew from what is really there',
      details: [
        'Each listing names one run a line. What is at the destination is done; what',
        'only the source has is to be tried again. The state that was there is kept.',
      ],
      options: [
        { ...STAGE, summary: 'the stage whose state is made anew', isRequired: true },
        {
          flags: '--source <file>',
          summary: 'all runs at the source; - is standard input',
          isRequired: true,
        },
        {
          flags: '--destination <file>',
          summary: 'all runs that have arrived; - is standard input',
          isRequired: true,
        },
        {
          flags: '--first-run <n>',
          summary: 'where the numbers begin (default: lowest that arrived)',
          read: readCount,
        },
      ],
      writes: true,
      confirm: 'yes',
      needsDataDir: true,
      example: ['--stage', 'import', '--source', 'all.txt', '--destination', 'done.txt'],
      load: () => import('../commands/runs-recover.ts'),
    },
  ],
}
