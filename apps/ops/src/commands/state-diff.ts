import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { diffLines } from '../show/state.ts'
import { findBackup } from '../state/backups.ts'
import { examineLive, type OpenState } from '../state/examine.ts'
import { learnedIn } from '../state/places.ts'
import { routeOf } from '../state/route.ts'
import type { Context } from '../command.ts'

/** One route on both sides; 0 pulls where a side does not know it. */
export interface DiffedRoute {
  readonly route: string
  readonly pulls: { readonly from: number; readonly to: number }
  readonly meanReward: { readonly from: number | null; readonly to: number | null }
}

/** One of the two states. */
export interface DiffSide {
  /** The backup, or `now` for the state in use. */
  readonly id: string
  readonly atMs: number
  readonly decisions: number
}

/** What was learned from one state to the other. */
export interface StateDiffed {
  readonly from: DiffSide
  readonly to: DiffSide
  /** Negative: what is newer knows less. */
  readonly decisionsSince: number
  readonly routes: readonly DiffedRoute[]
}

interface Side extends DiffSide {
  readonly state: OpenState
}

export const command: Command<StateDiffed, { readonly id: string; readonly id2?: string }> = {
  async run(context, { id, id2 }) {
    const from = await ofBackup(context, id)
    const to = id2 === undefined ? await ofLive(context) : await ofBackup(context, id2)
    const routes = new Set([...from.state.routes, ...to.state.routes].map(({ route }) => route))
    return {
      data: {
        from: sideOf(from),
        to: sideOf(to),
        decisionsSince: to.decisions - from.decisions,
        routes: [...routes].toSorted().map((route) => {
          const [a, b] = [sumsIn(from.state, route), sumsIn(to.state, route)]
          return {
            route,
            pulls: { from: a.pulls, to: b.pulls },
            meanReward: { from: a.meanReward, to: b.meanReward },
          }
        }),
      },
    }
  },
  show: diffLines,
}

const sideOf = ({ id, atMs, decisions }: Side): DiffSide => ({ id, atMs, decisions })

const sumsIn = ({ routes }: OpenState, route: string): ReturnType<typeof routeOf> =>
  routeOf(routes.find((one) => one.route === route) ?? { route, pulls: 0, rewardSum: 0 })

/** @throws {OpsError} `OPS_NOT_FOUND`, `OPS_INTEGRITY`. */
async function ofBackup({ dataDir }: Context, name: string): Promise<Side> {
  const { id, path, manifest, problem } = await findBackup(dataDir, name)
  if (manifest === null || manifest.proof === null) {
    const why = problem ?? manifest?.problems.join('; ') ?? ''
    throw new OpsError('OPS_INTEGRITY', `${path} holds no state that opens: ${why}`, {
      next: ['holdfast state list'],
    })
  }
  const { proof: state, takenAtMs: atMs } = manifest
  return { id, atMs, decisions: state.decisions, state }
}

/** @throws {OpsError} as `ofBackup`. */
async function ofLive(context: Context): Promise<Side> {
  const path = learnedIn(context.dataDir)
  const state = await examineLive(path, context)
  const next = ['holdfast state show', 'holdfast state restore latest']
  if (state.kind === 'missing') {
    throw new OpsError('OPS_NOT_FOUND', `nothing was learned in ${path}`, { next })
  }
  if (state.kind === 'broken') {
    const why = state.problems.join('; ')
    throw new OpsError('OPS_INTEGRITY', `${path} cannot be opened: ${why}`, { next })
  }
  return { id: 'now', atMs: context.clock.wallMs(), decisions: state.decisions, state }
}
