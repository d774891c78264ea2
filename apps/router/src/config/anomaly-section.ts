import { z } from 'zod'
import { unreachable } from '../decide/anomaly.ts'

const weight = z.number('must be a number ≥ 0').min(0, 'must be ≥ 0').max(1000, 'must be ≤ 1000')
const threshold = z.number('must be a number > 0').positive('must be > 0')

/** When the router takes its own state for abnormal, and what its decisions may not do until that is over. */
export const AnomalySection = z
  .strictObject({
    enabled: z.boolean().default(true),
    /** A score above it is a breach; three of the last five engage the switch. */
    tau: threshold.default(1),
    /** A score below it releases the switch, once at most two of the last five are breaches. */
    releaseBelow: threshold.default(0.8),
    /** What each signal counts for when it is as bad as can be. */
    weights: z
      .strictObject({
        drift: weight.default(0.5),
        pressure: weight.default(0.7),
        jitter: weight.default(0.3),
      })
      .prefault({}),
    /** What the newest sample counts for in each smoothed signal. */
    ewma: threshold.max(1, 'must be ≤ 1').default(0.3),
    /** How often a sample is taken, in ms. */
    everyMs: z.number().min(10, 'must be ≥ 10').max(3_600_000, 'must be ≤ 3600000').default(1000),
    /** True: neither the standard nor the fast route while engaged, and no exploration. False: the fast one is capped. */
    strict: z.boolean().default(false),
    standardRoute: z.string().default('R1'),
    fastRoute: z.string().default('R3'),
    /** The most probability that the fast route gets while engaged. */
    fastCap: z
      .number('must be a number from 0 to 1')
      .min(0, 'must be ≥ 0')
      .max(1, 'must be ≤ 1')
      .default(0.15),
  })
  .superRefine((section, context) => {
    const found = unreachable(section)
    if (found === null) return
    const { field, mustBe } = found
    const input = section[field]
    context.addIssue({ code: 'custom', path: [field], message: `must be ${mustBe}`, input })
  })
  .prefault({})

/**
 * What is wrong with the routes it names. Those that it would name by default need not exist.
 * @param written the section as it was written.
 */
export function anomalyRouteProblems(
  written: Readonly<Record<string, unknown>>,
  routes: readonly string[],
  guardrail: unknown,
): string[] {
  return (['standardRoute', 'fastRoute'] as const).flatMap((field) => {
    const id = written[field]
    if (typeof id !== 'string') return []
    if (!routes.includes(id)) {
      return `anomaly.${field}: must name one of the routes ${routes.join(', ')}, got ${JSON.stringify(id)}`
    }
    if (id !== guardrail) return []
    return `anomaly.${field}: must not be the guardrail, which is never restricted, got ${JSON.stringify(id)}`
  })
}
