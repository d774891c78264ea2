import { basename } from 'node:path'
import type { BackedUp } from '../commands/state-backup.ts'
import type { StateDiffed } from '../commands/state-diff.ts'
import type { BackupsListed, ListedBackup } from '../commands/state-list.ts'
import type { StateReset } from '../commands/state-reset.ts'
import type { Restored } from '../commands/state-restore.ts'
import type { StateShown } from '../commands/state-show.ts'
import type { BackupsVerified } from '../commands/state-verify.ts'
import { durationText } from '../duration.ts'
import { sizeText } from '../figure.ts'
import type { Verified } from '../state/backups.ts'
import type { Paint, Style } from '../terminal/style.ts'
import { pairs, right, table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

const PAINTS: Readonly<Record<string, Paint>> = {
  sound: 'good',
  damaged: 'notice',
  'as-is': 'notice',
  broken: 'bad',
  bad: 'bad',
  unreadable: 'bad',
  missing: 'bad',
}

const kindCell = (kind: string): Cell => ({ text: kind, paint: PAINTS[kind] ?? 'faint' })

const MEANINGS: Readonly<Record<StateShown['kind'], string>> = {
  sound: 'sound',
  damaged: 'damaged: it opens, and some of it cannot be read',
  broken: 'broken: it is there, and cannot be opened',
  missing: 'missing: nothing was learned here, or it was taken away',
}

export function stateLines(data: StateShown, style: Style): string[] {
  const { atMs, kind, routes, problems, newestBackup, savedAtMs } = data
  const ago = (ms: number | null): string => (ms === null ? '-' : `${durationText(atMs - ms)} ago`)
  const head = pairs(
    [
      ['state', { text: MEANINGS[kind], paint: PAINTS[kind] ?? 'faint' }],
      ['where', data.path],
      ['decisions', String(data.decisions)],
      ['context', data.dim === null ? '-' : `${data.dim} numbers`],
      ['size', sizeText(data.bytes)],
      ['written', ago(savedAtMs)],
      ['router', data.routerPid === null ? 'none at work here' : `process ${data.routerPid}`],
      [
        'backups',
        newestBackup === null
          ? String(data.backups)
          : `${data.backups}, the newest taken ${ago(newestBackup.takenAtMs)}`,
      ],
      ...data.aside.slice(0, 3).map((name) => ['aside', name] as const),
    ],
    style,
  )
  const rows = routes.map((one): Cell[] => [one.route, String(one.pulls), meanText(one.meanReward)])
  return [
    ...head,
    ...problemLines(problems, style),
    ...(rows.length === 0
      ? []
      : ['', ...table([{ title: 'ROUTE' }, right('PULLS'), right('MEAN REWARD')], rows, style)]),
  ]
}

export function backupLines({ atMs, backups, keep }: BackupsListed, style: Style): string[] {
  if (backups.length === 0) return [style.notice('There is no backup.')]
  const columns = [
    { title: 'BACKUP', canShrink: true },
    right('AGE'),
    right('DECISIONS'),
    right('SIZE'),
    { title: 'OPENED' },
  ]
  const rows = backups.map((one: ListedBackup): Cell[] => [
    one.id,
    one.takenAtMs === null ? '-' : durationText(atMs - one.takenAtMs),
    one.decisions === null ? '-' : String(one.decisions),
    sizeText(one.bytes),
    kindCell(one.proof),
  ])
  const problems = backups.flatMap(({ id, problems }) => problems.map((text) => `${id}: ${text}`))
  return [
    ...table(columns, rows, style),
    ...problemLines(problems, style),
    '',
    style.faint(`The newest ${keep} are kept; OPENED is what came out of each when it was taken.`),
  ]
}

export function backedUpLines(
  { id, kind, decisions, files, bytes, removed, isTaken }: BackedUp,
  style: Style,
): string[] {
  const what = decisions === null ? 'as it was, without opening it' : `with ${decisions} decisions`
  if (!isTaken)
    return [`What is there: ${kind}${decisions === null ? '' : `, ${decisions} decisions`}.`]
  const taken = `Backup ${id} was taken ${what}.`
  return [
    kind === 'sound' ? style.good(taken) : style.notice(taken),
    style.faint(`${files} files, ${sizeText(bytes)}; it ${opensText(kind)}.`),
    ...removed.map((one) => style.faint(`Removed ${one}.`)),
  ]
}

const opensText = (kind: BackedUp['kind']): string =>
  ({
    sound: 'was opened, and everything came out',
    damaged: 'was opened, and some of it could not be read',
    'as-is': 'cannot be opened',
  })[kind]

export function verifiedLines({ backups }: BackupsVerified, style: Style): string[] {
  const columns = [
    { title: 'BACKUP', canShrink: true },
    { title: 'STATE' },
    right('DECISIONS'),
    right('FILES'),
    right('TOOK'),
  ]
  const rows = backups.map((one: Verified): Cell[] => [
    one.id,
    kindCell(one.kind),
    one.decisions === null ? '-' : String(one.decisions),
    String(one.files),
    durationText(one.tookMs),
  ])
  const problems = backups.flatMap(({ id, problems }) => problems.map((text) => `${id}: ${text}`))
  return [...table(columns, rows, style), ...problemLines(problems, style)]
}

export function diffLines(
  { from, to, decisionsSince, routes }: StateDiffed,
  style: Style,
): string[] {
  const apart = durationText(Math.abs(to.atMs - from.atMs))
  const columns = [
    { title: 'ROUTE' },
    right('PULLS'),
    right('THEN'),
    right('CHANGE'),
    right('MEAN'),
    right('THEN'),
    right('CHANGE'),
  ]
  const rows = routes.map(({ route, pulls, meanReward }): Cell[] => [
    route,
    String(pulls.from),
    String(pulls.to),
    changeText(pulls.to - pulls.from, 0),
    meanText(meanReward.from),
    meanText(meanReward.to),
    meanReward.from === null || meanReward.to === null
      ? '-'
      : changeText(meanReward.to - meanReward.from, 3),
  ])
  const count = changeText(decisionsSince, 0)
  return [
    `From ${from.id} to ${to.id}, ${apart} apart: ${count} decisions.`,
    ...(rows.length === 0 ? [] : ['', ...table(columns, rows, style)]),
  ]
}

export function restoredLines(
  { id, decisions, backup, keptAt, isRestored }: Restored,
  style: Style,
): string[] {
  if (!isRestored) return []
  return [
    style.good(`The state is that of ${id} again, with ${decisions} decisions.`),
    ...(backup === null ? [] : [`What was there before is backup ${backup}.`]),
    ...(keptAt === null
      ? []
      : [style.faint(`Its files are kept beside it, in ${basename(keptAt)}.`)]),
  ]
}

export function resetLines(
  { decisions, backup, keptAt, isReset }: StateReset,
  style: Style,
): string[] {
  if (!isReset) return []
  const what = decisions === null ? 'What could not be opened' : `${decisions} decisions`
  return [
    style.notice(`${what} are forgotten: the next router begins with nothing.`),
    ...(backup === null ? [] : [`Backup ${backup} has them.`]),
    ...(keptAt === null
      ? []
      : [style.faint(`The files are kept beside it, in ${basename(keptAt)}.`)]),
  ]
}

function problemLines(problems: readonly string[], style: Style): string[] {
  if (problems.length === 0) return []
  return [
    '',
    ...problems
      .flatMap((text) => wrap(`- ${text}`, style.columns, '  '))
      .map((line) => style.bad(line)),
  ]
}

const meanText = (value: number | null): string => (value === null ? '-' : value.toFixed(3))

function changeText(value: number, digits: number): string {
  const text = value.toFixed(digits)
  return value > 0 ? `+${text}` : text
}
