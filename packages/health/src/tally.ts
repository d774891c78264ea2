import { STATUSES, weightOf, worstOf, type Group, type Part, type Status } from './status.ts'

/** A check, as far as its groups are concerned. */
export interface GroupPart extends Part {
  readonly groups: readonly Group[]
}

/** How the groups are. It counts instead of looking at every check, so that a result costs the same among thousands. */
export interface Tally {
  set(name: string, part: GroupPart): void
  delete(name: string): void
  /** The worst of a group; `unknown` when it is empty. */
  worst(group: Group): Status
}

const none = (): Record<Status, number> => ({ ok: 0, degraded: 0, unknown: 0, critical: 0 })

export function createTally(): Tally {
  const parts = new Map<string, GroupPart>()
  const counts: Record<Group, Record<Status, number>> = {
    live: none(),
    ready: none(),
    startup: none(),
  }
  const count = (part: GroupPart | undefined, by: 1 | -1): void => {
    if (part === undefined) return
    for (const group of part.groups) counts[group][weightOf(part)] += by
  }
  return {
    set(name, part) {
      count(parts.get(name), -1)
      parts.set(name, part)
      count(part, 1)
    },
    delete(name) {
      count(parts.get(name), -1)
      parts.delete(name)
    },
    worst: (group) => worstOf(STATUSES.filter((status) => counts[group][status] > 0)),
  }
}
