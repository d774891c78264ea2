import type { CommandEntry } from '../command.ts'

/** Whether everything is ready, and what to do where it is not. */
export const doctor: CommandEntry = {
  path: ['doctor'],
  summary: 'check that everything is ready: settings, rights, ledger, state, router',
  details: [
    'It changes nothing, ever. Exit code 0: ready. 10: ready, with warnings. 11: not',
    'ready. 8: what is stored is broken. `seedCode` of --json is what the readiness',
    'script of the seed would have exited with: 1 a check fails, 2 the state cannot',
    'be used, 3 the router fails, 4 the kill switch fails.',
  ],
  writes: false,
  confirm: 'none',
  watch: { everyMs: 10_000 },
  needsDataDir: false,
  settings: 'if-sound',
  example: [],
  load: () => import('../commands/doctor.ts'),
}
