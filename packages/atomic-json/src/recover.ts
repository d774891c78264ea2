import { linkSync } from 'node:fs'
import type { Clock, Observe } from '@holdfast/seams'
import { moveAside } from './aside.ts'
import { fallbacksOf, fenceIn } from './fallback.ts'
import type { JsonFact } from './facts.ts'
import { lookAt, type Look, type Seen } from './look.ts'
import type { OnCorrupt } from './options.ts'
import type { JsonBroken, JsonMissing, JsonOk, JsonRead } from './read-result.ts'
import type { Steps } from './steps.ts'

/** How to go on after a file that is broken or gone. */
export interface Recovery<T> extends Look<T> {
  readonly onCorrupt: OnCorrupt
  readonly makeDefault: (() => T) | undefined
  /** The path without fence, or null when there are no fences. */
  readonly fencedBase: string | null
  /** Finds the file anew and looks at it. */
  readonly lookAgain: () => Steps<Seen<T>>
  readonly clock: Clock
  readonly observe: Observe<JsonFact>
}

/** Each round is lost to another writer, who put a new file there. Ten in a row are no accident. */
const MOST_ROUNDS = 10

/** Looks again, moves a bad file aside, and finds the value to go on with. */
export function* recover<T>(recovery: Recovery<T>): Steps<JsonRead<T>> {
  const { clock, observe, path, lookAgain } = recovery
  for (let round = 1; ; round += 1) {
    const { read, file, identity } = yield* lookAgain()
    if (read.kind === 'ok') return read
    if (read.kind === 'missing' || identity === null) return yield* goOn(recovery, file, read)
    const aside = moveAside(file, identity, clock.wallMs())
    if (aside.kind === 'changed' && round < MOST_ROUNDS) continue
    if (aside.kind === 'failed') observe({ kind: 'json.aside-failed', path, reason: aside.reason })
    const broken = { ...read, keptAt: aside.kind === 'kept' ? aside.at : null }
    tellCorrupt(observe, broken)
    return yield* goOn(recovery, file, broken)
  }
}

/** Tells that a read found a file it cannot trust. */
export function tellCorrupt(observe: Observe<JsonFact>, broken: JsonBroken): void {
  const { path, reason, keptAt } = broken
  observe({ kind: 'json.corrupt', path, found: broken.kind, reason, keptAt })
}

function* goOn<T>(
  recovery: Recovery<T>,
  file: string,
  instead: JsonMissing | JsonBroken,
): Steps<JsonRead<T>> {
  const { onCorrupt, makeDefault, path, observe } = recovery
  if (onCorrupt === 'backup') {
    const restored = yield* restore(recovery, file, instead)
    if (restored !== null) return restored
  }
  // A file that was never there is no accident, and its absence an answer of its own.
  if (instead.kind === 'missing' || makeDefault === undefined) return instead
  const value = makeDefault()
  observe({ kind: 'json.defaulted', path })
  const reason = `the default, because the file is ${instead.kind}: ${instead.reason}`
  const source = { kind: 'default', instead } as const
  return { kind: 'ok', path, reason, value, source, generation: null, fence: null }
}

/** Puts the newest whole generation in the place of `file`. Null when there is none. */
function* restore<T>(
  recovery: Recovery<T>,
  file: string,
  instead: JsonMissing | JsonBroken,
): Steps<JsonOk<T> | null> {
  const { path, fencedBase, observe, lookAgain } = recovery
  for (const fallback of fallbacksOf(file, fencedBase)) {
    const { read } = yield* lookAt(fallback, recovery)
    if (read.kind !== 'ok') continue
    if (!putInPlace(fallback, file)) {
      // Someone has written meanwhile, or the bad file could not be moved.
      const { read: newer } = yield* lookAgain()
      if (newer.kind === 'ok') return newer
    }
    const { value, generation } = read
    observe({ kind: 'json.recovered', path, file: fallback, generation })
    const reason = `from ${fallback}, because the file is ${instead.kind}: ${instead.reason}`
    const source = { kind: 'generation', file: fallback, instead } as const
    const fence = fencedBase === null ? null : fenceIn(file, fencedBase)
    return { kind: 'ok', path, reason, value, source, generation, fence }
  }
  return null
}

/**
 * Gives an earlier file the name as well, if the name is free: then the next reader finds it however
 * it asks, also when this process dies before it writes.
 */
function putInPlace(fallback: string, file: string): boolean {
  try {
    linkSync(fallback, file)
    return true
  } catch {
    // EEXIST is a newer file. Where the system refuses, the value is still good to go on with.
    return false
  }
}
