import type { Failed, FailuresListed } from '../commands/runs-failures.ts'
import type { GapsListed } from '../commands/runs-gaps.ts'
import type { Recovered } from '../commands/runs-recover.ts'
import type { RunsRetried } from '../commands/runs-retry.ts'
import type { RunsShown } from '../commands/runs-show.ts'
import { basename } from 'node:path'
import { durationText } from '../duration.ts'
import { counted } from '../figure.ts'
import type { Style } from '../terminal/style.ts'
import { cut, right, table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

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

export function failureLines({ atMs, stages, isDueOnly }: FailuresListed, style: Style): string[] {
  const all = stages.flatMap(({ stage, failures }) => failures.map((one) => ({ stage, ...one })))
  if (isDueOnly) return all.filter(({ retry }) => retry === 'due').map(({ run }) => String(run))
  if (all.length === 0) return [style.good('No failures.')]
  const columns = [
    { title: 'STAGE' },
    right('RUN'),
    right('TRIES'),
    right('EARLIER'),
    { title: 'LAST TRIED' },
    { title: 'WHAT NOW' },
  ]
  const rows = all.map((one): Cell[] => [
    one.stage,
    String(one.run),
    String(one.attempts),
    String(one.earlierAttempts),
    one.failedAtMs === 0 ? 'unknown' : `${durationText(atMs - one.failedAtMs)} ago`,
    whatNow(one),
  ])
  return table(columns, rows, style)
}

function whatNow({ retry, dueInMs }: Failed): Cell {
  if (retry === 'due') return { text: 'due now', paint: 'notice' }
  if (retry === 'waiting') return `due in ${durationText(dueInMs)}`
  if (retry === 'given-up') return { text: 'given up', paint: 'bad' }
  return { text: 'no other try mends it', paint: 'bad' }
}

export function retriedLines({ stages, isDone }: RunsRetried, style: Style): string[] {
  const hasAny = stages.some(({ retried }) => retried.length > 0)
  const left = stages.flatMap(({ permanent }) => permanent)
  const done = stages
    .filter(({ retried }) => retried.length > 0)
    .flatMap(({ stage, retried }) =>
      wrap(
        `Due now in the ${stage} stage, with tries counted from 0: ${listed(retried)}`,
        style.columns,
      ),
    )
  return [
    ...(isDone ? done : []),
    ...(isDone && !hasAny ? ['None is due: all of them have succeeded meanwhile.'] : []),
    ...(!isDone && !hasAny ? [style.good('Nothing has failed that may be tried anew.')] : []),
    ...(left.length === 0
      ? []
      : wrap(
          `Left as it is, because no other try mends it, unless it is named: ${listed(left)}`,
          style.columns,
        )),
  ]
}

export function recoveredLines(data: Recovered, style: Style): string[] {
  const { stage, contiguous, attempted, failures, absent, newRuns, kept, isDone } = data
  if (!isDone)
    return failures.length === 0
      ? []
      : [cut(`To be tried again: ${listed(failures)}`, style.columns)]
  return [
    `The ${stage} stage was made anew: without a gap up to ${contiguous}, tried up to ${attempted}.`,
    `To be tried again: ${counted(failures.length, 'run')}. Numbers that exist nowhere: ${absent}.`,
    ...(newRuns === 0 ? [] : [`New at the source, to be done next: ${counted(newRuns, 'run')}.`]),
    ...kept.map((path) => `What was there is kept as ${basename(path)}.`),
  ]
}

/** More would not fit into any line. */
const MOST_LISTED = 50

/** Runs as a sentence names them. */
export const listed = (runs: readonly number[]): string =>
  runs.slice(0, MOST_LISTED).join(' ') + (runs.length > MOST_LISTED ? ' …' : '')
