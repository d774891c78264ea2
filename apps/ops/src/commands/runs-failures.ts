import type { RunFailure, RunStage } from '@holdfast/run-state'
import type { Command } from '../command.ts'
import { openStages } from '../runs/stages.ts'
import { failureLines } from '../show/runs.ts'

export interface FailuresListed {
  /** When it was looked, in ms since 1970. */
  readonly atMs: number
  readonly stages: readonly { readonly stage: RunStage; readonly failures: readonly RunFailure[] }[]
}

export const command: Command<FailuresListed, { readonly stage?: RunStage }> = {
  async run(context, { stage }) {
    const open = await openStages(context, stage)
    const stages = open.map(({ stage, tracker }) => ({ stage, failures: tracker.failures() }))
    const hasAny = stages.some(({ failures }) => failures.length > 0)
    const data = { atMs: context.clock.wallMs(), stages }
    return { data, next: hasAny ? ['holdfast runs retry'] : [] }
  },
  show: failureLines,
}
