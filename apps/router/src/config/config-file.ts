import { z } from 'zod'
import { AUTO } from '../decide/routes.ts'
import { AnomalySection, anomalyRouteProblems } from './anomaly-section.ts'
import { HealthSection, healthProblems } from './health-section.ts'

const share = z.number('must be a number from 0 to 1').min(0, 'must be ≥ 0').max(1, 'must be ≤ 1')
const positive = z.number('must be a number > 0').positive('must be > 0')
const ratio = z
  .number('must be a number above 0, at most 1')
  .gt(0, 'must be > 0')
  .max(1, 'must be ≤ 1')
const price = z.number('must be USD per million tokens, ≥ 0').min(0, 'must be ≥ 0')
const armId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'must be a letter, then up to 31 letters, digits, - or _')

const RouteEntry = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !/[?#]/.test(url), 'must have neither a query nor a fragment'),
  model: z
    .string()
    .min(1, 'must name a model')
    .refine((model) => model !== AUTO, `must not be ${AUTO}, which asks the router to choose`),
  /** USD per million tokens. */
  prices: z.strictObject({ input: price, output: price }),
  /** Name of the environment variable that holds the key. Absent: no key is sent. */
  apiKeyEnv: z.string().min(1, 'must name an environment variable').optional(),
  timeoutMs: positive.max(3_600_000, 'must be ≤ 3600000').default(60_000),
  totalMs: positive.max(86_400_000, 'must be ≤ 86400000').default(600_000),
})

/** The configuration file. Every field but `routes` has a default. */
export const ConfigFile = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  routes: z.record(armId, RouteEntry),
  guardrail: z.string().default('R4'),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int('must be an integer').min(0).max(65_535, 'must be ≤ 65535').default(8080),
    })
    .prefault({}),
  dataDir: z.string().min(1).optional(),
  /** λ: quality per US dollar. */
  lambda: z.number().min(0, 'must be ≥ 0').max(1e6, 'must be ≤ 1000000').default(40),
  features: z
    .strictObject({
      set: z.enum(['six', 'surface22'], { error: 'must be "six" or "surface22"' }).default('six'),
      taskSlots: z.int().min(0).max(64, 'must be ≤ 64').default(8),
    })
    .prefault({}),
  /** What is known before the first decision: a table of outcomes, read as a replay reads its own. */
  prior: z
    .strictObject({
      /** From the directory of the configuration file, if it is relative. */
      table: z.string().min(1, 'must name a file'),
      /** Most observations that a route's rows count for. */
      effectiveCount: z.number().min(1, 'must be ≥ 1').max(1e6, 'must be ≤ 1000000').default(2000),
    })
    .optional(),
  learning: z
    .strictObject({
      alpha: z.number().min(0, 'must be ≥ 0').default(0.3),
      ridge: positive.default(1),
      priorMean: z.number().default(1),
      epsilon: share.default(0.02),
      /** Null explores every route. */
      exploreWithin: positive.nullable().default(null),
      learnShadow: z.boolean().default(true),
      /** After how many hours a lesson counts half. Null never forgets. */
      halfLifeHours: positive.nullable().default(null),
      feedbackMs: positive.default(3_600_000),
      pendingLimit: z.int().min(1, 'must be ≥ 1').default(100_000),
    })
    .prefault({}),
  rollout: z
    .strictObject({
      /** Absent: true where the stage is obeyed, false beside a share that is fixed here. */
      enabled: z.boolean().optional(),
      /** A fixed share of subjects. Null: the stage of the rollout in the data directory. */
      pilot: share.nullable().default(null),
      kill: z.boolean().default(false),
    })
    .prefault({}),
  /** Who may see why a request went where it did. */
  admin: z
    .strictObject({
      /** Name of the environment variable that holds the token. Absent: whoever asks from this machine. */
      tokenEnv: z.string().min(1, 'must name an environment variable').optional(),
    })
    .prefault({}),
  /** How many processes answer. */
  workers: z.int('must be an integer').min(1, 'must be ≥ 1').max(256, 'must be ≤ 256').default(1),
  /** The most probability each route may get. */
  caps: z.record(z.string(), share).default({}),
  anomaly: AnomalySection,
  /** When a route that fails is left alone, and for how long. Every process judges by its own calls. */
  breaker: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** The last so many calls to a route are looked at. */
      calls: z.int().min(1, 'must be ≥ 1').max(10_000, 'must be ≤ 10000').default(20),
      minimumCalls: z.int().min(1, 'must be ≥ 1').max(10_000, 'must be ≤ 10000').default(5),
      failureRatio: ratio.default(0.5),
      /** An answer that begins later is slow. Null: none is. */
      slowMs: positive.max(3_600_000, 'must be ≤ 3600000').nullable().default(null),
      slowRatio: ratio.default(0.8),
      openMs: positive.max(3_600_000, 'must be ≤ 3600000').default(5_000),
      /** Each probe that fails doubles the pause, up to this; an upstream's Retry-After counts up to this too. */
      longestOpenMs: positive.max(86_400_000, 'must be ≤ 86400000').default(60_000),
      jitter: share.default(0.1),
      /** Probes that must be answered before requests are sent again. */
      probes: z.int().min(1, 'must be ≥ 1').max(100, 'must be ≤ 100').default(2),
      probe: z
        .strictObject({
          prompt: z.string().min(1, 'must not be empty').default('Reply with OK.'),
          maxTokens: z.int().min(1, 'must be ≥ 1').max(4096, 'must be ≤ 4096').default(16),
          timeoutMs: positive.max(3_600_000, 'must be ≤ 3600000').default(10_000),
        })
        .prefault({}),
    })
    .prefault({}),
  /** Calling the same route once more. */
  retry: z
    .strictObject({
      tries: z.int().min(1, 'must be ≥ 1').max(10, 'must be ≤ 10').default(2),
      backoffMs: z.number().min(0, 'must be ≥ 0').max(60_000, 'must be ≤ 60000').default(50),
      budgetRatio: share.default(0.2),
      budgetPerSecond: z.number().min(0, 'must be ≥ 0').max(1e6, 'must be ≤ 1000000').default(5),
    })
    .prefault({}),
  /** Asking another route when one did not answer. */
  fallback: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Later than this after the request came in, no other route is asked. */
      withinMs: positive.max(3_600_000, 'must be ≤ 3600000').default(120_000),
    })
    .prefault({}),
  /** Answers that are given again to the very same request when nobody answers. */
  cache: z
    .strictObject({
      /** 0 keeps none. */
      entries: z.int().min(0, 'must be ≥ 0').max(1_000_000, 'must be ≤ 1000000').default(0),
      maxAgeMs: positive.max(86_400_000, 'must be ≤ 86400000').default(3_600_000),
      longestBytes: z
        .int()
        .min(1, 'must be ≥ 1')
        .max(33_554_432, 'must be ≤ 33554432')
        .default(262_144),
    })
    .prefault({}),
  /** What was decided, and what came of it. */
  ledger: z
    .strictObject({
      /** False: nothing of it is written down, and nothing can be explained. */
      enabled: z.boolean().default(true),
    })
    .prefault({}),
  health: HealthSection,
  bodyLimitBytes: z.int().min(1024, 'must be ≥ 1024').default(1_048_576),
  shutdownMs: z.number().min(0, 'must be ≥ 0').default(10_000),
  /** How long to go on answering when readiness is red, so that nobody sends requests any more. Part of `shutdownMs`. */
  drainMs: z.number('must be ms, ≥ 0').min(0, 'must be ≥ 0').default(0),
})

export type ConfigFile = z.infer<typeof ConfigFile>
/** As it is written in a file, before the defaults are filled in. */
export type ConfigInput = z.input<typeof ConfigFile>

/**
 * What is wrong between fields. It looks at the file as it was written, because these problems are to be
 * told together with those inside a field.
 */
export function problemsBetweenFields(input: unknown): string[] {
  const { routes, guardrail = 'R4', caps, anomaly } = recordOf(input)
  const ids = Object.keys(recordOf(routes))
  const known = ids.join(', ')
  const problems: string[] = []
  if (ids.length < 2 || ids.length > 10) {
    problems.push(`routes: must hold 2 to 10 routes, got ${ids.length}`)
  }
  if (typeof guardrail === 'string' && ids.length > 0 && !ids.includes(guardrail)) {
    problems.push(`guardrail: must be one of the routes ${known}, got ${JSON.stringify(guardrail)}`)
  }
  for (const id of Object.keys(recordOf(caps))) {
    if (!ids.includes(id)) problems.push(`caps.${id}: must name one of the routes ${known}`)
  }
  problems.push(...anomalyRouteProblems(recordOf(anomaly), ids, guardrail))
  problems.push(...healthProblems(recordOf(recordOf(input)['health'])))
  const { drainMs = 0, shutdownMs = 10_000 } = recordOf(input)
  if (Number(drainMs) > Number(shutdownMs)) {
    problems.push(`drainMs: must be ≤ shutdownMs ${String(shutdownMs)}, got ${String(drainMs)}`)
  }
  const { openMs = 5_000, longestOpenMs = 60_000 } = recordOf(recordOf(input)['breaker'])
  if (Number(openMs) > Number(longestOpenMs)) {
    problems.push(
      `breaker.longestOpenMs: must be ≥ breaker.openMs ${String(openMs)}, got ${String(longestOpenMs)}`,
    )
  }
  return problems
}

/** The fields of a value; none where it has none. */
export const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
