import { fanOut, seededRandom, systemClock, type Observe } from '@holdfast/seams'
import { startCluster } from '../cluster/start-cluster.ts'
import type { Config } from '../config/read-config.ts'
import { startRouter, type RunningRouter } from '../router.ts'
import type { RouterFact } from '../tell/facts.ts'
import { replayIds } from './replay-ids.ts'

export interface ReplayedRouterOptions {
  readonly seed: number
  readonly observe: Observe<RouterFact>
  /** Makes the data directory ready, once it is ours. */
  readonly prepare: () => void
  /** Hears what the router added to an answer, in ms. */
  readonly onAnswered: (addedMs: number) => void
  readonly signal: AbortSignal
}

/** Starts the router of a replay, of as many processes as its configuration says. Its decisions have ids of logical time. */
export async function startReplayed(
  config: Config,
  options: ReplayedRouterOptions,
): Promise<RunningRouter> {
  const { seed, prepare, onAnswered, signal } = options
  // A replay is no service that is started anew: two of one directory are a mistake, to be told at once.
  const alone = { ...config, lockTimeoutMs: 0 }
  if (config.workers > 1) {
    return await startCluster(alone, {
      observe: options.observe,
      log: 'warn',
      prepare,
      signal,
      onAnswered,
      ids: (name, turn, after) => ({ seed, name, turn, after }),
    })
  }
  const ids = replayIds(seededRandom(seed))
  const observe = fanOut<RouterFact>(options.observe, (fact) => {
    if (fact.kind === 'router.answered') onAnswered(fact.addedMs)
    if (fact.kind === 'router.state-loaded') ids.continueAfter(fact.updates)
  })
  const newId = (): string => ids.next()
  return await startRouter(alone, { observe, clock: systemClock, newId, prepare, signal })
}
