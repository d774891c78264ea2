import type { RetryPlan, RunFailure, RunStage, RunTracker } from '@holdfast/run-state'
import type { Command } from '../command.ts'
import { openStages } from '../runs/stages.ts'
import { failureLines } from '../show/runs.ts'

/** A run that failed, and what is to be done about it. */
export interface Failed extends RunFailure {
  readonly retry: 'due' | 'waiting' | 'given-up' | 'permanent'
  /** How long it still waits; 0 where it waits for nothing. */
  readonly dueInMs: number
}

/** Failed runs by stage. */
export interface FailuresListed {
  /** When it was looked, in ms since 1970. */
  readonly atMs: number
  readonly stages: readonly { readonly stage: RunStage; readonly failures: readonly Failed[] }[]
  /** True: people see the runs that are due, and nothing else. */
  readonly isDueOnly: boolean
}

interface Given {
  readonly stage?: RunStage
  readonly attempts?: number
  readonly wait?: number
  readonly due?: boolean
}

export const command: Command<FailuresListed, Given> = {
  async run(context, { stage, attempts, wait, due: isDueOnly = false }) {
    const policy = {
      ...(attempts === undefined ? {} : { attempts }),
      ...(wait === undefined ? {} : { waitMs: wait }),
    }
    const open = await openStages(context, stage)
    const stages = open.map(({ stage, tracker }) => ({
      stage,
      failures: failuresOf(tracker, tracker.retryPlan(policy)),
    }))
    const failures = stages.flatMap(({ failures }) => failures)
    const hasGivenUp = failures.some(({ retry }) => retry === 'given-up')
    const data = { atMs: context.clock.wallMs(), stages, isDueOnly }
    return { data, next: hasGivenUp ? ['holdfast runs retry'] : [] }
  },
  show: failureLines,
}

function failuresOf(tracker: RunTracker, { due, waiting, givenUp }: RetryPlan): Failed[] {
  const [dueNow, gone] = [new Set(due), new Set(givenUp)]
  const waits = new Map(waiting.map(({ run, dueInMs }) => [run, dueInMs]))
  return tracker.failures().map((failure): Failed => {
    const { run } = failure
    const dueInMs = waits.get(run) ?? 0
    if (dueNow.has(run)) return { ...failure, retry: 'due', dueInMs }
    if (waits.has(run)) return { ...failure, retry: 'waiting', dueInMs }
    return { ...failure, retry: gone.has(run) ? 'given-up' : 'permanent', dueInMs }
  })
}
