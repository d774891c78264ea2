import type { Clock } from '@holdfast/seams'
import type { ConfigInput } from '../config/config-file.ts'
import type { Environment } from '../config/environment.ts'
import { ConfigError, checkConfig, type Config, type Flags } from '../config/read-config.ts'
import { FLAKY_LEARNING, FLAKY_SETTINGS, FLAKY_TIMEOUT_MS } from './flaky-settings.ts'
import { matchRoutes } from './match-routes.ts'
import type { OutcomeTable } from './outcome-table.ts'
import type { Scenario } from './scenario.ts'
import { warmStartOf } from './warm-start.ts'

/** What a replay knows before its first prompt. */
export interface ReplayPrior {
  readonly table: OutcomeTable
  /** Most observations that a route's rows count for, 1 to 10⁶. */
  readonly effectiveCount: number
}

export interface ReplayConfigOptions {
  readonly table: OutcomeTable
  readonly lambda: number
  readonly sendTask: boolean
  readonly features: 'six' | 'surface22'
  /** Null starts from nothing. */
  readonly prior: ReplayPrior | null
  /** After how many hours a lesson counts half; a decision is a minute. Null never forgets. */
  readonly halfLifeHours: number | null
  /** Null: nothing happens on the way. */
  readonly scenario: Scenario | null
  readonly env: Environment
  readonly flags: Flags
}

/**
 * The embedded default: live for everybody, every route an arm, the last one the guardrail.
 * @throws {ConfigError} also when the prior does not know a route.
 */
export function replayConfig(
  options: ReplayConfigOptions,
  baseUrls: readonly string[],
  clock: Clock,
): Config {
  const { table, lambda, features, halfLifeHours, scenario, env, flags } = options
  const isFlaky = scenario === 'flaky'
  const timeout = isFlaky ? { timeoutMs: FLAKY_TIMEOUT_MS } : {}
  const input: ConfigInput = {
    version: 1,
    routes: Object.fromEntries(
      table.routes.map(({ id, model }, i) => [
        id,
        // The stand-ins say what each answer cost, so there is no price list.
        { baseUrl: baseUrls[i] ?? '', model, prices: { input: 0, output: 0 }, ...timeout },
      ]),
    ),
    guardrail: guardrailOf(table),
    lambda,
    features: { set: features },
    // A table may hold a route that costs a hundred times the others: chance must not keep trying it.
    // Its decisions are of a logical time that is long past.
    learning: {
      ...(isFlaky ? FLAKY_LEARNING : { exploreWithin: 0.25 }),
      halfLifeHours,
      feedbackMs: FOR_EVER_MS,
    },
    rollout: { enabled: true, pilot: 1 },
    // It looks at this machine's load, and a replay is to go the same way on every one.
    anomaly: { enabled: false },
    ...(isFlaky ? FLAKY_SETTINGS : {}),
  }
  // The state of a real router is not for a replay to load, let alone to write.
  const { NOVA_ANR_STATE_PATH: _, ...others } = env
  return warmed(checkConfig('the embedded configuration', input, others, flags), options, clock)
}

/** R4, if there is one; otherwise the last route. */
export const guardrailOf = ({ routes }: OutcomeTable): string =>
  routes.some(({ id }) => id === 'R4') ? 'R4' : (routes.at(-1)?.id ?? '')

function warmed(config: Config, { prior, sendTask }: ReplayConfigOptions, clock: Clock): Config {
  if (prior === null) return config
  const startMs = clock.monotonicMs()
  const matched = matchRoutes(config.routeList, prior.table)
  if (matched.kind === 'unmatched') throw new ConfigError('the prior', [matched.problem])
  const { columns } = matched
  const { features, lambda } = config
  const warmStart = warmStartOf({ ...prior, columns, features, seesTask: sendTask, lambda })
  return { ...config, warmStart: { ...warmStart, tookMs: clock.monotonicMs() - startMs } }
}

const FOR_EVER_MS = 1e15
