import { AsyncLocalStorage } from 'node:async_hooks'
import type { Holding } from './holding.ts'

/**
 * Remembers, along the path of asynchronous calls, which locks the running work holds. A caller deeper down on that path
 * who asks for the same lock would wait for work that waits for it.
 */
export interface Scope {
  readonly key: string
  readonly outer: Scope | undefined
  /** The lock, from when it is held; null before, and once the scope is over. */
  holding: Holding | null
  isOver: boolean
}

const scopes = new AsyncLocalStorage<Scope>()

/** A scope for a lock that is asked for now, inside those scopes around it that are not over. */
export function openScope(key: string): Scope {
  let outer = scopes.getStore()
  // Scopes that are over are let go of, so that a loop that locks for ever leaves no chain behind.
  while (outer?.isOver === true) outer = outer.outer
  return { key, outer, holding: null, isOver: false }
}

/** The lock called `scope.key`, if the work around `scope` holds it. */
export function heldAround(scope: Scope): Holding | null {
  for (let outer = scope.outer; outer !== undefined; outer = outer.outer) {
    if (outer.key === scope.key && outer.holding !== null && !outer.isOver) return outer.holding
  }
  return null
}

/** The caller goes on inside `scope`, and so does all it calls from now on. */
export function goOnInside(scope: Scope): void {
  scopes.enterWith(scope)
}

export function runInside<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work)
}

export function closeScope(scope: Scope): void {
  scope.isOver = true
  scope.holding = null
}
