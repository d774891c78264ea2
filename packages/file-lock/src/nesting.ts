import { AsyncLocalStorage } from 'node:async_hooks'
import type { Holding } from './holding.ts'

/**
 * Remembers, along the path of asynchronous calls, which locks the work of `withLock` runs under. Whoever asks for one of them
 * from inside would wait for work that waits for it.
 *
 * A lock taken by `acquireLock` opens no such scope. Its handle may be given back by anyone, from anywhere; and a context entered
 * there would also be that of the caller's caller, if that went on without waiting: one job could not be told from
 * the next.
 */
interface Scope {
  readonly key: string
  readonly outer: Scope | undefined
  readonly holding: Holding
  isOver: boolean
}

const scopes = new AsyncLocalStorage<Scope>()

/** The lock called `key`, if the work that runs now holds it. */
export function heldAround(key: string): Holding | null {
  for (let scope = scopes.getStore(); scope !== undefined; scope = scope.outer) {
    if (scope.key === key && !scope.isOver && !scope.holding.isGivenBack) return scope.holding
  }
  return null
}

/** Runs `work`, and all that it begins, inside `holding`, until the work is done. */
export async function runInside<T>(
  key: string,
  holding: Holding,
  work: () => Promise<T> | T,
): Promise<T> {
  let outer = scopes.getStore()
  // Scopes that are over are let go of, so that work that goes on in itself for ever leaves no chain behind.
  while (outer?.isOver === true) outer = outer.outer
  const scope: Scope = { key, outer, holding, isOver: false }
  try {
    return await scopes.run(scope, work)
  } finally {
    scope.isOver = true
  }
}
