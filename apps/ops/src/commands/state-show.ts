import type { Command } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { stateLines } from '../show/state.ts'
import { routerAt } from '../state/alone.ts'
import { findBackups } from '../state/backups.ts'
import { examineLive, type Examined } from '../state/examine.ts'
import { learnedIn } from '../state/places.ts'
import { routeOf, type StateRoute } from '../state/route.ts'
import { sizeOf } from '../state/size.ts'
import { asideIn } from '../state/aside.ts'

export interface StateShown {
  readonly atMs: number
  readonly path: string
  /** `missing`: nothing was learned here. `broken`: it is there, and cannot be opened. `damaged`: it opens, some of it is lost. */
  readonly kind: Examined['kind']
  readonly problems: readonly string[]
  readonly dim: number | null
  readonly decisions: number
  readonly newestEpochAtMs: number | null
  readonly routes: readonly StateRoute[]
  readonly bytes: number
  /** When any of its files was last written. */
  readonly savedAtMs: number | null
  readonly routerPid: number | null
  readonly backups: number
  readonly newestBackup: { readonly id: string; readonly takenAtMs: number } | null
  /** What was put aside, here or by a router. */
  readonly aside: readonly string[]
}

const CODES: Readonly<Record<Examined['kind'], ExitCode>> = {
  sound: EXIT.ok,
  damaged: EXIT.degraded,
  broken: EXIT.integrity,
  missing: EXIT.notFound,
}

export const command: Command<StateShown> = {
  async run(context) {
    const { dataDir, clock } = context
    const path = learnedIn(dataDir)
    const found = await examineLive(path, context)
    const backups = await findBackups(dataDir)
    const [newest] = backups.flatMap(({ id, manifest }) =>
      manifest === null ? [] : [{ id, takenAtMs: manifest.takenAtMs }],
    )
    const isOpen = found.kind === 'sound' || found.kind === 'damaged'
    return {
      code: CODES[found.kind],
      data: {
        atMs: clock.wallMs(),
        path,
        kind: found.kind,
        problems: found.kind === 'missing' ? [] : found.problems,
        dim: isOpen ? found.dim : null,
        decisions: isOpen ? found.decisions : 0,
        newestEpochAtMs: isOpen ? found.newestEpochAtMs : null,
        routes: isOpen ? found.routes.map(routeOf) : [],
        ...(await sizeOf(path)),
        routerPid: await routerAt(context),
        backups: backups.length,
        newestBackup: newest ?? null,
        aside: await asideIn(dataDir),
      },
      next: nextFor(found.kind, backups.length > 0),
    }
  },
  show: stateLines,
}

function nextFor(kind: Examined['kind'], hasBackup: boolean): string[] {
  const restore = hasBackup ? ['holdfast state restore latest'] : []
  if (kind === 'broken') return ['holdfast state backup --as-is', ...restore]
  if (kind === 'damaged') return ['holdfast state backup', ...restore]
  if (kind === 'missing') return restore
  return hasBackup ? [] : ['holdfast state backup']
}
