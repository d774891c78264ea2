import type { Change, Learnt } from './bandit-store.ts'

/** More lessons than this at once are quicker read anew. */
const MOST_LESSONS = 10_000

/** Tells several watchers what becomes known. None waits for another. */
export interface Broadcast {
  tell(change: Change): void
  watch(signal: AbortSignal | undefined): AsyncIterable<Change>
  /** Ends every watch. */
  end(): void
}

interface Watcher {
  lessons: Learnt[]
  isReset: boolean
  wake: () => void
  readonly leave: () => void
}

export function broadcast(): Broadcast {
  const watchers = new Set<Watcher>()
  let isOver = false

  const hear = (watcher: Watcher, change: Change): void => {
    if (change.kind === 'reset' || watcher.lessons.length + change.lessons.length > MOST_LESSONS) {
      watcher.isReset = true
      watcher.lessons = []
    } else watcher.lessons.push(...change.lessons)
    watcher.wake()
  }

  /** Everything since the last time, as one change. */
  const take = (watcher: Watcher): Change | null => {
    const { isReset, lessons } = watcher
    watcher.isReset = false
    watcher.lessons = []
    if (isReset) return { kind: 'reset' }
    return lessons.length > 0 ? { kind: 'lessons', lessons } : null
  }

  async function* changes(
    watcher: Watcher,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Change> {
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          watcher.wake = resolve
        })
        const change = take(watcher)
        if (signal?.aborted === true) return
        if (change !== null) yield change
        else if (isOver) return
        else await woken
      }
    } finally {
      signal?.removeEventListener('abort', watcher.leave)
      watcher.leave()
    }
  }

  return {
    tell(change) {
      for (const watcher of watchers) hear(watcher, change)
    },
    watch(signal) {
      // From this moment on nothing is missed, also before the first change is asked for.
      const watcher: Watcher = {
        lessons: [],
        isReset: false,
        wake: () => {},
        leave() {
          watchers.delete(watcher)
          watcher.wake()
        },
      }
      if (signal?.aborted !== true) watchers.add(watcher)
      signal?.addEventListener('abort', watcher.leave, { once: true })
      return changes(watcher, signal)
    },
    end() {
      isOver = true
      for (const { wake } of watchers) wake()
    },
  }
}
