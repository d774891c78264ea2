import type { FailuresListed } from '../commands/runs-failures.ts'
import type { GapsListed } from '../commands/runs-gaps.ts'
import type { Recovered } from '../commands/runs-recover.ts'
import type { RetriesPlanned } from '../commands/runs-retry.ts'
import type { RunsShown } from '../commands/runs-show.ts'
import { basename } from 'node:path'
import { durationText } from '../duration.ts'
import type { Style } from '../terminal/style.ts'
import { cut, table, type Cell, type Column } from '../terminal/table.ts'

const right = (title: string): Column => ({ title, align: 'right' })

export function standingLines({ stages }: RunsShown, style: Style): string[] {
  const columns = [
    { title: 'STAGE' },
    right('FROM'),
    right('UP TO'),
    right('TRIED'),
    right('DONE'),
    right('FAILED'),
    right('MISSING'),
  ]
  const rows = stages.map((one): Cell[] => [
    one.stage,
    one.firstRun === null ? '-' : String(one.firstRun),
    String(one.contiguous),
    String(one.attempted),
    { text: String(one.done), paint: 'good' },
    { text: String(one.failed), paint: one.failed > 0 ? 'bad' : 'good' },
    { text: String(one.missing), paint: one.missing > 0 ? 'notice' : 'good' },
  ])
  return [
    ...table(columns, rows, style),
    '',
    style.faint('UP TO is the last run before the first gap; new runs come after TRIED.'),
  ]
}

export function gapLines({ stages }: GapsListed, style: Style): string[] {
  const rows = stages.flatMap(({ stage, gaps }) =>
    gaps.map(({ from, to, runs, failed }): Cell[] => [
      stage,
      String(from),
      String(to),
      String(runs),
      failed > 0 ? { text: String(failed), paint: 'bad' } : '0',
    ]),
  )
  if (rows.length === 0) return [style.good('No gaps.')]
  const columns = [{ title: 'STAGE' }, right('FROM'), right('TO'), right('RUNS'), right('FAILED')]
  return table(columns, rows, style)
}

export function failureLines({ atMs, stages }: FailuresListed, style: Style): string[] {
  const rows = stages.flatMap(({ stage, failures }) =>
    failures.map(({ run, attempts, failedAtMs, isPermanent }): Cell[] => [
      stage,
      String(run),
      String(attempts),
      failedAtMs === 0 ? 'unknown' : `${durationText(atMs - failedAtMs)} ago`,
      isPermanent ? { text: 'no other try mends it', paint: 'bad' } : 'may be tried again',
    ]),
  )
  if (rows.length === 0) return [style.good('No failures.')]
  const columns = [
    { title: 'STAGE' },
    right('RUN'),
    right('TRIES'),
    { title: 'LAST TRIED' },
    { title: 'WHAT NOW' },
  ]
  return table(columns, rows, style)
}

export function retryLines({ stages, isList }: RetriesPlanned, style: Style): string[] {
  if (isList) return stages.flatMap(({ due }) => due.map(String))
  const rows = stages.flatMap(({ stage, due, waiting, givenUp, permanent }): Cell[][] => [
    [stage, { text: 'due now', paint: 'notice' }, String(due.length), listed(due)],
    [stage, 'waiting', String(waiting.length), listed(waiting.map(({ run }) => run))],
    [stage, 'given up', String(givenUp.length), listed(givenUp)],
    [stage, 'no use', String(permanent.length), listed(permanent)],
  ])
  const shown = rows.filter(([, , count]) => count !== '0')
  if (shown.length === 0) return [style.good('No failures.')]
  const columns = [
    { title: 'STAGE' },
    { title: 'RETRY' },
    right('RUNS'),
    { title: 'WHICH', canShrink: true },
  ]
  return table(columns, shown, style)
}

export function recoveredLines(data: Recovered, style: Style): string[] {
  const { stage, contiguous, attempted, failures, absent, kept, isDone } = data
  if (!isDone)
    return failures.length === 0
      ? []
      : [cut(`To be tried again: ${listed(failures)}`, style.columns)]
  return [
    `The ${stage} stage was made anew: without a gap up to ${contiguous}, tried up to ${attempted}.`,
    `${failures.length} runs are to be tried again, ${absent} numbers exist nowhere.`,
    ...kept.map((path) => `What was there is kept as ${basename(path)}.`),
  ]
}

/** More would not fit into any line. */
const MOST_LISTED = 50

const listed = (runs: readonly number[]): string =>
  runs.slice(0, MOST_LISTED).join(' ') + (runs.length > MOST_LISTED ? ' …' : '')
