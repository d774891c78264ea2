import type { RunStage } from '@holdfast/run-state'
import type { Command } from '../command.ts'
import { openStages } from '../runs/stages.ts'
import { gapLines } from '../show/runs.ts'

/** Runs that are missing, by stage. */
export interface GapsListed {
  readonly stages: readonly {
    readonly stage: RunStage
    /** Ascending; both ends are missing. */
    readonly gaps: readonly {
      readonly from: number
      readonly to: number
      readonly runs: number
      /** How many of them were tried and failed; nothing is recorded of the others. */
      readonly failed: number
    }[]
  }[]
}

export const command: Command<GapsListed, { readonly stage?: RunStage }> = {
  async run(context, { stage }) {
    const open = await openStages(context, stage)
    const stages = open.map(({ stage, tracker }) => {
      const failures = tracker.failures()
      const gaps = tracker.gaps().map(({ from, to }) => ({
        from,
        to,
        runs: to - from + 1,
        failed: failures.filter(({ run }) => run >= from && run <= to).length,
      }))
      return { stage, gaps }
    })
    return { data: { stages } }
  },
  show: gapLines,
}
