import { noCourtesyYet, type Courtesy } from './courtesy.ts'
import type { Clock } from '@holdfast/seams'
import type { FreeToken } from './entry-name.ts'

/** What this thread remembers of one lock's directory between looks. All of it may be forgotten. */
export interface Memory {
  readonly clock: Clock
  readonly courtesy: Courtesy
  /** A holder of whom no proof of death can be had: its last sign of life, and since when there was none. */
  lease: { readonly name: string; readonly stamp: string; readonly sinceMs: number } | null
  /** The token we left, as far as we know still there. */
  left: FreeToken | null
  /** When a look last showed nobody waiting, in ms of the monotonic clock. */
  clearAtMs: number
}

/**
 * Module state, because leases and turns are measured from one call to the next: a job that tries once a minute must
 * in the end see that a lease is over. The least recently used are forgotten.
 */
const memories = new Map<string, Memory>()
const MOST_MEMORIES = 256

/** @param clock by which everything in it is measured; for another clock, all is forgotten. */
export function memoryOf(directory: string, clock: Clock): Memory {
  const kept = memories.get(directory)
  const known = kept?.clock === clock ? kept : undefined
  if (known !== undefined && memories.size < MOST_MEMORIES / 2) return known
  const memory = known ?? {
    clock,
    courtesy: noCourtesyYet(),
    lease: null,
    left: null,
    clearAtMs: Number.NEGATIVE_INFINITY,
  }
  memories.delete(directory) // Set anew, it becomes the last in the order of the map.
  memories.set(directory, memory)
  if (memories.size > MOST_MEMORIES) memories.delete(memories.keys().next().value ?? directory)
  return memory
}

/** This thread gave the lock back, and left `token` there. */
export function noteLeft(directory: string, token: FreeToken): void {
  const memory = memories.get(directory)
  if (memory !== undefined) memory.left = token
}

/** For how long the holder called `name` has shown no sign of life, seen as a change of `stamp`, in ms. */
export function quietMs(memory: Memory, name: string, stamp: string): number {
  const { lease } = memory
  const nowMs = memory.clock.monotonicMs()
  if (lease?.name === name && lease.stamp === stamp) return nowMs - lease.sinceMs
  memory.lease = { name, stamp, sinceMs: nowMs }
  return 0
}
