import type { RetryPlan, RunStage } from '@holdfast/run-state'
import type { Command } from '../command.ts'
import { openStages } from '../runs/stages.ts'
import { retryLines } from '../show/runs.ts'

export interface RetriesPlanned {
  readonly stages: readonly (RetryPlan & { readonly stage: RunStage })[]
  /** True: people see the runs that are due, and nothing else. */
  readonly isList: boolean
}

interface Given {
  readonly stage?: RunStage
  readonly attempts?: number
  readonly wait?: number
  readonly list?: boolean
}

export const command: Command<RetriesPlanned, Given> = {
  async run(context, { stage, attempts, wait, list = false }) {
    const policy = {
      ...(attempts === undefined ? {} : { attempts }),
      ...(wait === undefined ? {} : { waitMs: wait }),
    }
    const open = await openStages(context, stage)
    const stages = open.map(({ stage, tracker }) => ({ stage, ...tracker.retryPlan(policy) }))
    return { data: { stages, isList: list } }
  },
  show: retryLines,
}
