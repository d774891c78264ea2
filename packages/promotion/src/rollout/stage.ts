import { between } from '../option-rules.ts'

/** Percent of subjects that the learned policy answers for. */
export type Stage = 0 | 10 | 25 | 50 | 75 | 100

/** The stages, in the order in which they are climbed. */
export const STAGES: readonly Stage[] = [0, 10, 25, 50, 75, 100]

/** Whether a number is one of the stages. */
export function isStage(value: unknown): value is Stage {
  return STAGES.some((stage) => stage === value)
}

/** The stage above; null above the last. */
export function nextStage(stage: Stage): Stage | null {
  return STAGES[STAGES.indexOf(stage) + 1] ?? null
}

/** The highest stage that a pilot share, 0 to 1, reaches: .30 is stage 25. @throws {RangeError} for another number. */
export function stageOfPilot(pilot: number): Stage {
  between('pilot', pilot, 0, 1)
  return STAGES.findLast((stage) => pilot >= stage / 100) ?? 0
}

/** The share of a stage as it is written in environments and receipts: `0.10`, with a point in every country. */
export function pilotText(stage: Stage): string {
  return (stage / 100).toFixed(2)
}
