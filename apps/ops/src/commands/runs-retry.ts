import type { RunStage } from '@holdfast/run-state'
import type { Command } from '../command.ts'
import { OpsError } from '../errors.ts'
import { counted } from '../figure.ts'
import { openStages, type OpenStage } from '../runs/stages.ts'
import { listed, retriedLines } from '../show/runs.ts'

/** Runs by stage. They are due, and not tried yet: whoever does the work tries them. */
export interface RunsRetried {
  readonly stages: readonly {
    readonly stage: RunStage
    /** Due now, with tries that are counted from 0; after a dry run, those that would be. */
    readonly retried: readonly number[]
    /** Failed in a way that no other try mends, and not named: left as they are. */
    readonly permanent: readonly number[]
  }[]
  /** False after a dry run, and where there was nothing to do. */
  readonly isDone: boolean
}

interface Given {
  readonly runs?: readonly number[]
  readonly stage?: RunStage
}

export const command: Command<RunsRetried, Given> = {
  async run(context, { runs = [], stage }) {
    const open = await openStages(context, stage)
    const planned = open.map((one) => ({ ...one, ...chosen(one, runs) }))
    const inVain = runs.filter((run) => !planned.some(({ retried }) => retried.includes(run)))
    if (inVain.length > 0) {
      const said = `${listed(inVain)} did not fail: ${standings(open, inVain)}`
      if (inVain.length === runs.length) throw notFailed(said)
      context.warn(`${said}; left as it is`)
    }
    const work = planned.filter(({ retried }) => retried.length > 0)
    const answer = (stages: readonly (typeof planned)[number][], isDone: boolean): RunsRetried => ({
      stages: stages.map(({ stage, retried, permanent }) => ({ stage, retried, permanent })),
      isDone,
    })
    const steps = work.map(
      ({ stage, retried }) =>
        `make ${counted(retried.length, 'failed run')} of the ${stage} stage due again, with tries counted from 0: ${listed(retried)}`,
    )
    if (steps.length === 0 || !(await context.proceed({ steps, ask: 'yes' }))) {
      return { data: answer(planned, false) }
    }
    const done: (typeof planned)[number][] = []
    for (const one of planned) done.push({ ...one, retried: await retry(one) })
    return { data: answer(done, true), next: ['holdfast runs failures --due'] }
  },
  show: retriedLines,
}

/** What is to be tried anew of a stage. Those that are named are, also where no other try was of use. */
function chosen(
  { tracker }: OpenStage,
  named: readonly number[],
): { readonly retried: readonly number[]; readonly permanent: readonly number[] } {
  const failures = tracker.failures()
  const isWanted = ({ run, isPermanent }: (typeof failures)[number]): boolean =>
    named.length === 0 ? !isPermanent : named.includes(run)
  const left = named.length === 0 ? failures.filter(({ isPermanent }) => isPermanent) : []
  return {
    retried: failures.filter(isWanted).map(({ run }) => run),
    permanent: left.map(({ run }) => run),
  }
}

const standings = (open: readonly OpenStage[], runs: readonly number[]): string =>
  open
    .map(({ stage, tracker }) => {
      const standing = new Set(runs.map((run) => tracker.statusOf(run)))
      return `${[...standing].join(' or ')} in the ${stage} stage`
    })
    .join(', ')

const notFailed = (said: string): OpsError =>
  new OpsError('OPS_NOT_FOUND', `${said}; nothing was changed`, {
    next: ['holdfast runs failures'],
  })

/**
 * What is recorded meanwhile by others stays, and a run that has had success is not tried anew.
 * @throws {OpsError} `OPS_LOCKED`, `OPS_NOT_WRITTEN`.
 */
async function retry({
  stage,
  tracker,
  retried,
}: OpenStage & { readonly retried: readonly number[] }): Promise<readonly number[]> {
  if (retried.length === 0) return []
  try {
    return await tracker.retry(retried)
  } catch (error) {
    const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown }
    const why = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    const isInDoubt = why.code === 'JSON_NOT_DURABLE' || why.code === 'SHARED_JSON_UNCONFIRMED'
    if (code !== 'RUN_STATE_NOT_RECORDED' || isInDoubt) throw error
    throw new OpsError(
      why.code === 'LOCK_TIMEOUT' ? 'OPS_LOCKED' : 'OPS_NOT_WRITTEN',
      `nothing is tried anew of the ${stage} stage, which is as it was: ${String(why.message)}`,
      { next: ['holdfast locks list', 'the same once more'], cause: error },
    )
  }
}
