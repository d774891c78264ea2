import type { Part } from './bandit-store.ts'
import type { LessonRecord } from './record.ts'

/** 32 bits of arm and context (FNV-1a), never 0. */
export function subjectOf({ arm, context }: LessonRecord): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < arm.length; i += 1) hash = Math.imul(hash ^ arm.charCodeAt(i), 0x01000193)
  for (let i = 0; i < context.length; i += 1) hash = Math.imul(hash ^ context[i]!, 0x01000193)
  return hash >>> 0 || 1
}

/** 16 bits of a reward, never 0, in the half of the mark that is its part's (Fibonacci hashing: Knuth, TAOCP 3, 6.4). */
export function rewardMark(part: Part, reward: number): number {
  const bits = Math.imul(reward, 0x9e3779b1) >>> 16 || 1
  return part === 'immediate' ? bits : (bits << 16) >>> 0
}
