/**
 * Plays a protocol in every order of steps. One step is one call of the file system, or the death of an actor between two
 * calls; what an actor does without a call cannot be seen by others and is no step of its own.
 */
export interface Protocol<World> {
  readonly start: World
  /** Everything that may happen next. A step that changes nothing, such as one more look, may be left in. */
  next(world: World): readonly Step<World>[]
  /** What must never be; null while all is well. */
  wrongIn(world: World): string | null
  /** Nobody who lives wants anything any more. */
  isSettled(world: World): boolean
}

export interface Step<World> {
  /** Who does what, for the schedule. */
  readonly label: string
  readonly world: World
  readonly isDeath?: boolean
}

export interface Exploration {
  /** How many states of the world can be reached. All of them were looked at, unless something was wrong. */
  readonly states: number
  /** The first thing that went wrong, and a shortest schedule that leads there. */
  readonly violation: { readonly what: string; readonly schedule: readonly string[] } | null
  /** A shortest schedule into a state from which, even if nobody dies any more, the living never finish. */
  readonly stuck: readonly string[] | null
}

interface Node<World> {
  readonly world: World
  readonly label: string
  readonly from: number
}

/** Breadth first, so that the schedules it finds are shortest. Worlds are plain values: equal text means equal worlds. */
export function explore<World>(protocol: Protocol<World>): Exploration {
  const nodes: Node<World>[] = [{ world: protocol.start, label: '', from: -1 }]
  const known = new Map<string, number>([[JSON.stringify(protocol.start), 0]])
  /** For each state, those from which a step of a living actor leads to it. */
  const before: number[][] = [[]]

  for (let at = 0; at < nodes.length; at += 1) {
    const { world } = nodes[at] as Node<World>
    const what = protocol.wrongIn(world)
    if (what !== null) {
      const violation = { what, schedule: scheduleTo(nodes, at) }
      return { states: nodes.length, violation, stuck: null }
    }
    for (const step of protocol.next(world)) {
      const text = JSON.stringify(step.world)
      const to = known.get(text) ?? nodes.length
      if (to === nodes.length) {
        known.set(text, to)
        nodes.push({ world: step.world, label: step.label, from: at })
        before.push([])
      }
      if (step.isDeath !== true) before[to]?.push(at)
    }
  }
  return { states: nodes.length, violation: null, stuck: stuckIn(protocol, nodes, before) }
}

/** Walks back from the states in which everyone is content; a state that is not met has no way there. */
function stuckIn<World>(
  protocol: Protocol<World>,
  nodes: readonly Node<World>[],
  before: readonly (readonly number[])[],
): readonly string[] | null {
  const canSettle = nodes.map(({ world }) => protocol.isSettled(world))
  const open = [...canSettle.keys()].filter((at) => canSettle[at])
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const earlier of before[at] ?? []) {
      if (canSettle[earlier] === true) continue
      canSettle[earlier] = true
      open.push(earlier)
    }
  }
  const stuck = canSettle.indexOf(false)
  return stuck < 0 ? null : scheduleTo(nodes, stuck)
}

function scheduleTo<World>(nodes: readonly Node<World>[], at: number): readonly string[] {
  const labels: string[] = []
  for (let node = nodes[at]; node !== undefined && node.from >= 0; node = nodes[node.from]) {
    labels.unshift(node.label)
  }
  return labels
}

/** A directory in memory; null where there is none. `id` tells it from one that had its name before. */
export type Directory = { readonly id: number; readonly names: readonly string[] } | null

/**
 * The calls of POSIX that the protocol leans on, each atomic. Those that can fail give null then, and the directory is as
 * it was.
 */
export const posix = {
  /** EEXIST where anything is. */
  mkdir: (at: Directory, id: number): Directory => (at === null ? { id, names: [] } : null),
  /** ENOENT where nothing is, ENOTEMPTY where something lies in it. */
  rmdir: (at: Directory): 'removed' | null => (at?.names.length === 0 ? 'removed' : null),
  /** rename(2) of an entry; ENOENT if it, or the directory, is not there. What is called `to` is replaced. */
  rename(at: Directory, from: string, to: string): Directory {
    if (at?.names.includes(from) !== true) return null
    const others = at.names.filter((name) => name !== from && name !== to)
    return { id: at.id, names: [...others, to].toSorted() }
  },
  /** rename(2) of `fresh` over the directory: an empty one is replaced, for others it is ENOTEMPTY. */
  renameOver: (at: Directory, fresh: NonNullable<Directory>): Directory =>
    at === null || at.names.length === 0 ? fresh : null,
}
