/** What happens on the way: the best route gets worse, or routes fail in turn. */
export type Scenario = 'outage' | 'flaky'

export const SCENARIOS = ['outage', 'flaky'] as const satisfies readonly Scenario[]
