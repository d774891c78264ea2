import type { ConfigInput } from '../config/config-file.ts'

/** An upstream of the scenario that says nothing for so long is given up, in ms: ten times what it usually takes. */
export const FLAKY_TIMEOUT_MS = 200

/** Times as short as the upstreams of the scenario are quick. In real life they are all longer, in proportion. */
export const FLAKY_SETTINGS: Pick<ConfigInput, 'breaker' | 'retry'> = {
  breaker: {
    calls: 10,
    minimumCalls: 3,
    slowMs: 100,
    slowRatio: 0.5,
    openMs: 250,
    longestOpenMs: 1000,
    probes: 1,
    probe: { timeoutMs: FLAKY_TIMEOUT_MS },
  },
  retry: { backoffMs: 10 },
}

/** Every route is asked now and then: nobody notices that a route fails, or is well again, which nobody asks. */
export const FLAKY_LEARNING: NonNullable<ConfigInput['learning']> = {
  epsilon: 0.1,
  exploreWithin: null,
}
