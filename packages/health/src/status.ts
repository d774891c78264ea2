/**
 * How well something is, from best to worst. `degraded` is a warning: it works, but not as it should. `unknown` is
 * never taken for well: nobody has looked yet, or the look told nothing.
 */
export type Status = 'ok' | 'degraded' | 'unknown' | 'critical'

/**
 * What a probe asks. `live`: must this process be restarted? `ready`: should it get requests? `startup`: has it
 * finished starting? The words are those of Kubernetes' probes.
 */
export type Group = 'live' | 'ready' | 'startup'

/** What a failing check makes of its groups. */
export type OnFail = 'critical' | 'degraded'

export const GROUPS: readonly Group[] = ['live', 'ready', 'startup']

/** From best to worst. */
export const STATUSES: readonly Status[] = ['ok', 'degraded', 'unknown', 'critical']

const rank = (status: Status): number => STATUSES.indexOf(status)

export const isStatus = (value: unknown): value is Status => STATUSES.includes(value as Status)

export const worseOf = (one: Status, other: Status): Status =>
  rank(one) >= rank(other) ? one : other

export const betterOf = (one: Status, other: Status): Status =>
  rank(one) <= rank(other) ? one : other

export const isWorse = (one: Status, than: Status): boolean => rank(one) > rank(than)

/** The worst of several. Of nothing, nothing is known. */
export const worstOf = (statuses: readonly Status[]): Status =>
  statuses.length === 0 ? 'unknown' : statuses.reduce(worseOf)

/** One check, as far as the whole is concerned. */
export interface Part {
  readonly status: Status
  readonly onFail: OnFail
}

/** Limited by `onFail`, so that a part that is not vital makes the whole at most `degraded`, also while it is unknown. */
export const weightOf = ({ status, onFail }: Part): Status => betterOf(status, onFail)

/** As bad as what weighs most. */
export const wholeOf = (parts: readonly Part[]): Status => worstOf(parts.map(weightOf))

/**
 * Whether a probe is answered with 200. To be restarted takes proof that something is wrong; to be given requests takes
 * proof that nothing is. So `live` fails only when critical, and everything else also when unknown.
 */
export function isUp(group: Group | null, status: Status): boolean {
  return status === 'ok' || status === 'degraded' || (group === 'live' && status === 'unknown')
}
