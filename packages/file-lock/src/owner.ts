/** Who holds a lock, or waits for it: enough to prove that they are dead, and to tell a person. */
export interface LockOwner {
  readonly pid: number
  /**
   * The system's number of the thread. Equal to `pid` for the main thread; a worker thread has its own,
   * and is known to be gone when it ends. Null where the system does not tell it.
   */
  readonly threadId: number | null
  /** When process and thread began, in the system's own terms; null where it does not tell. */
  readonly startedAt: string | null
  /** Stands for the machine: a hash of host name and machine id; `-` where they do not tell one from another. */
  readonly host: string
  /** Stands for the time since the machine was last started; `-` where the system does not tell. */
  readonly boot: string
  /** Stands for the set of processes among which `pid` means this one: `init`, or a container's own. */
  readonly space: string
  /** The engine it holds the lock with. */
  readonly engine: string
  /** Since when, in ms since 1970, by the owner's wall clock. */
  readonly sinceMs: number
  /** Tells owners of one process apart. */
  readonly nonce: string
}

/** What one thread can say of itself: an owner without the particulars of one lock. */
export type Identity = Pick<LockOwner, 'pid' | 'threadId' | 'startedAt' | 'host' | 'boot' | 'space'>

/** `unknown`: an owner on another machine or in another container, of whom no proof can be had here. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** What the system says of a process or thread. */
export type Sighting =
  | { readonly kind: 'gone' }
  /** `startedAt` is null where the system would not say. */
  | { readonly kind: 'there'; readonly startedAt: string | null }

/** The first space of processes of a machine, in which its own programs run. */
export const FIRST_SPACE = 'init'

/**
 * Whether `owner` is dead beyond doubt. A doubt is never held against it.
 * @param sight asks the system for the process and thread of `owner`; only called where that answer
 * is about the owner and not about a namesake elsewhere.
 */
export function judge(
  owner: LockOwner,
  self: Identity,
  sight: (owner: LockOwner) => Sighting,
): Liveness {
  const isSameHost = owner.host !== '-' && owner.host === self.host
  const isSameBoot = owner.boot === self.boot && (owner.boot !== '-' || isSameHost)
  if (isSameBoot) {
    if (owner.space !== self.space) return 'unknown'
    const seen = sight(owner)
    if (seen.kind === 'gone') return 'dead'
    if (owner.startedAt === null || seen.startedAt === null) return 'alive'
    return seen.startedAt === owner.startedAt ? 'alive' : 'dead'
  }
  // The machine was started anew since, and took the owner with it. Containers are left out: two on two
  // machines may have been made from one image, with one host name and one machine id.
  const isOutsideContainers = owner.space === FIRST_SPACE && self.space === FIRST_SPACE
  const wereBootsTold = owner.boot !== '-' && self.boot !== '-'
  return isSameHost && isOutsideContainers && wereBootsTold ? 'dead' : 'unknown'
}
