import type { CommandEntry } from '../command.ts'

export const status: CommandEntry = {
  path: ['status'],
  summary: 'where the rollout stands, who obeys, and what to do next',
  details: [
    'Made of files, whether a router runs or not. Exits with 10 when a router does',
    'not obey, 8 when the journal of the rollout cannot be trusted. Watched, it ends',
    'when everyone is live, or the rollout is rolled back or frozen, and all routers',
    'obey, with the exit code that it has unwatched: 0, for all is as it was wished.',
  ],
  writes: false,
  confirm: 'none',
  watch: { everyMs: 2_000 },
  needsDataDir: true,
  example: [],
  load: () => import('../commands/status.ts'),
}
