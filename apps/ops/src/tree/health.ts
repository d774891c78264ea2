import type { CommandEntry, OptionEntry } from '../command.ts'

/** Where a router is that cannot be found by its data directory. */
export const URL_OPTION: OptionEntry = {
  flags: '--url <url>',
  summary: 'ask the router there, with HOLDFAST_TOKEN (or HOLDFAST_URL)',
}

/** How the service is. */
export const health: CommandEntry = {
  path: ['health'],
  summary: 'show how the service is; exits with 0, 10 (degraded), 11 (critical)',
  details: [
    'The router that runs in the data directory is asked. Where none answers, the',
    'files tell what they can, and it is critical. Unknown counts as critical.',
  ],
  options: [
    { flags: '--component <name>', summary: 'this check or slot only, and its exit code' },
    URL_OPTION,
  ],
  writes: false,
  confirm: 'none',
  watch: { everyMs: 2_000 },
  needsDataDir: false,
  example: ['--component', 'disk'],
  load: () => import('../commands/health.ts'),
}
