import { existsSync } from 'node:fs'
import { openRunTracker, stageFiles, type RunStage, type RunTracker } from '@holdfast/run-state'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'

const STAGES: readonly RunStage[] = ['import', 'migrate']

/** A stage of which something was recorded. */
export interface OpenStage {
  readonly stage: RunStage
  /** Closing it would bring its failure log up to date, which is a write: what only looks does not. */
  readonly tracker: RunTracker
}

/**
 * The stages that the data directory has a state of, or the one that is named.
 * @throws {OpsError} `OPS_NOT_FOUND` where there is none, `OPS_INTEGRITY` where one cannot be trusted.
 */
export async function openStages(
  { dataDir, clock, random, observe, signal }: Context,
  named: RunStage | undefined,
): Promise<OpenStage[]> {
  const wanted = named === undefined ? STAGES : [named]
  const files = wanted.map((stage) => ({ stage, ...stageFiles(dataDir, stage) }))
  const there = files.filter(({ state }) => existsSync(state))
  if (there.length === 0) {
    const missing = files.map(({ state }) => state).join(', nor ')
    throw new OpsError('OPS_NOT_FOUND', `no runs are recorded: there is no ${missing}`, {
      next: ['the same with --data-dir <dir>', 'holdfast runs recover --help'],
    })
  }
  return await Promise.all(
    there.map(async ({ stage, state, failureLog }) => {
      try {
        const options = { failureLog, clock, random, observe, signal }
        return { stage, tracker: await openRunTracker(state, options) }
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'RUN_STATE_CORRUPT') throw error
        throw new OpsError('OPS_INTEGRITY', `cannot be trusted: ${(error as Error).message}`, {
          next: [`holdfast runs recover --stage ${stage} --source <file> --destination <file>`],
          cause: error,
        })
      }
    }),
  )
}
