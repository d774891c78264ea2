import type { RunStage, RunStanding } from '@holdfast/run-state'
import type { Command } from '../command.ts'
import { openStages } from '../runs/stages.ts'
import { standingLines } from '../show/runs.ts'

/** How far each stage is, by its own record. */
export interface RunsShown {
  readonly stages: readonly (RunStanding & { readonly stage: RunStage; readonly missing: number })[]
}

export const command: Command<RunsShown, { readonly stage?: RunStage }> = {
  async run(context, { stage }) {
    const open = await openStages(context, stage)
    const stages = open.map(({ stage, tracker }) => ({
      stage,
      ...tracker.standing(),
      missing: tracker.gaps().reduce((sum, { from, to }) => sum + to - from + 1, 0),
    }))
    const next = [
      ...(stages.some(({ missing }) => missing > 0) ? ['holdfast runs gaps'] : []),
      ...(stages.some(({ failed }) => failed > 0) ? ['holdfast runs failures'] : []),
    ]
    return { data: { stages }, next }
  },
  show: standingLines,
}
