import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  createRollout,
  isInForce,
  type PromotionFact,
  type RolloutSight,
  type RolloutState,
} from '@holdfast/promotion'
import { BEGIN, ROLLBACK } from '../advice.ts'
import type { Context } from '../command.ts'
import { broken, ok, warning, type Said } from './finding.ts'

/** What a rollout shows: files, and what its journal says. */
export interface SeenRollout {
  readonly sight: RolloutSight
  /** Null: the journal cannot be trusted, and `why` says why. */
  readonly truth: RolloutState | null
  readonly why: string | null
  /** Files that cannot be read, with the reason. */
  readonly unreadable: readonly string[]
}

/** Reads files of the rollout, without a lock. */
export async function rolloutAt({ dataDir, clock }: Context): Promise<SeenRollout> {
  const unreadable: string[] = []
  const observe = (fact: PromotionFact): void => {
    if (fact.kind === 'promotion.unreadable') unreadable.push(`${fact.path}: ${fact.reason}`)
  }
  const rollout = createRollout({ directory: join(dataDir, 'rollout'), clock, observe })
  const sight = rollout.look()
  try {
    return { sight, truth: await rollout.state(), why: null, unreadable: [...new Set(unreadable)] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { sight, truth: null, why, unreadable: [...new Set(unreadable)] }
  }
}

/** Whether the journal is whole, a rollback in force, the stage frozen. */
export async function lookAtRollout(context: Context): Promise<readonly Said[]> {
  const directory = join(context.dataDir, 'rollout')
  if (!existsSync(directory)) {
    return [warning('there is no rollout: the guardrail answers everyone', BEGIN)]
  }
  // What this user may not read is not broken.
  accessSync(directory, constants.R_OK | constants.X_OK)
  return rolloutFindings(await rolloutAt(context))
}

/**
 * Decides. A rollback puts reason and id into a file that cannot be read, and a new journal beside one that cannot be trusted.
 */
export function rolloutFindings({ sight, truth, why, unreadable }: SeenRollout): Said[] {
  const said = unreadable.map((text) => broken(text, ROLLBACK))
  if (truth === null) return [...said, broken(why ?? 'the journal cannot be read', ROLLBACK)]
  const { stage, standing, seq } = truth
  if (seq === 0) {
    said.push(warning('no rollout was begun: the guardrail answers everyone', BEGIN))
  } else {
    said.push(ok(`the journal is whole, up to change ${seq}; the stage is ${stage} %`))
  }
  if (sight.state === null && seq > 0) {
    const lost = 'rollout.json is gone or cannot be read, so the guardrail answers everyone'
    said.push(broken(`${lost}; the next command that moves it makes it anew`, ROLLBACK))
  } else if (sight.state !== null && sight.state.head !== truth.head) {
    said.push(warning('rollout.json is behind its journal; the next command makes it anew', null))
  }
  if (isInForce(sight)) {
    const reason =
      sight.rollback === 'unreadable' ? 'its file cannot be read' : sight.rollback?.reason
    const seen = `a rollback is in force: ${reason ?? ''}`
    said.push(warning(seen, BEGIN))
  } else if (standing.kind === 'rolled-back') {
    said.push(warning(`it is rolled back: ${standing.reason}`, BEGIN))
  }
  if (standing.kind === 'frozen') {
    said.push(warning(`it is frozen: ${standing.reason}`, 'holdfast unfreeze'))
  }
  if (standing.kind === 'rolled-back' && standing.frozen !== undefined) {
    said.push(warning(`it is frozen: ${standing.frozen}`, 'holdfast unfreeze'))
  }
  return said
}
