import { basename } from 'node:path'
import type { LedgerArchived } from '../commands/ledger-archive.ts'
import type { LedgerShown, ShownRow } from '../commands/ledger-show.ts'
import type { LedgerCounted } from '../commands/ledger-stats.ts'
import type { LedgerVerified } from '../commands/ledger-verify.ts'
import { counted, figure, sizeText } from '../figure.ts'
import type { DayCounts } from '../ledger/daily-counts.ts'
import { momentText } from '../moment.ts'
import { sparkline } from '../terminal/sparkline.ts'
import type { Style } from '../terminal/style.ts'
import { pairs, right, table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

export function ledgerLines({ rows, found, fromMs, isOne }: LedgerShown, style: Style): string[] {
  const [first] = rows
  if (first === undefined) {
    const since = fromMs === null ? '' : ` since ${momentText(fromMs)} UTC`
    return [style.notice(`There is no decision${since}.`)]
  }
  if (isOne) return oneLines(first, style)
  const columns = [
    { title: 'TIME (UTC)' },
    { title: 'DECISION', canShrink: true },
    { title: 'ROUTE' },
    right('P'),
    { title: 'LIVE' },
    right('REWARD'),
  ]
  const cells = rows.map((row): Cell[] => [
    new Date(row.tMs).toISOString().slice(5, 19).replace('T', ' '),
    row.id,
    text(row.decision['route']),
    number(row.decision['p'], 2),
    isLive(row) ? 'yes' : 'no',
    rewardText(row),
  ])
  const more = found > rows.length ? ` of ${found}` : ''
  return [
    ...table(columns, cells, style),
    '',
    style.faint(
      `The newest ${counted(rows.length, 'decision')}${more}; - where nothing was heard.`,
    ),
  ]
}

function oneLines(row: ShownRow, style: Style): string[] {
  const { id, tMs, decision, outcomes } = row
  const fields = Object.entries(decision).map(([name, value]) => [name, text(value)] as const)
  const head: (readonly [string, string])[] = [
    ['decision', id],
    ['made', new Date(tMs).toISOString()],
    ...fields,
  ]
  const came = outcomes.flatMap(({ tMs: atMs, part, fields: told }) => [
    '',
    style.strong(`${part === '' ? 'outcome' : part}, ${new Date(atMs).toISOString()}`),
    ...pairs(
      Object.entries(told).map(([name, value]) => [name, text(value)] as const),
      style,
    ),
  ])
  return [
    ...pairs(head, style),
    ...(outcomes.length === 0 ? ['', style.notice('Nothing was heard of it.')] : came),
  ]
}

/** What all parts brought together; a dash where nothing was told. */
function rewardText({ outcomes }: ShownRow): string {
  const rewards = outcomes
    .map(({ fields }) => fields['reward'])
    .filter((one) => typeof one === 'number')
  return rewards.length === 0 ? '-' : rewards.reduce((sum, one) => sum + one, 0).toFixed(3)
}

const isLive = ({ decision }: ShownRow): boolean =>
  typeof decision['live'] === 'object' && decision['live'] !== null

const number = (value: unknown, digits: number): string =>
  typeof value === 'number' ? value.toFixed(digits) : '-'

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const REJECTED = ['malformed', 'undated', 'duplicate', 'late', 'torn'] as const

export function ledgerStatLines(data: LedgerCounted, style: Style): string[] {
  const { days, total, bytes, segments, rejects, fromMs, toMs } = data
  const columns = [
    { title: 'DAY' },
    right('DECIDED'),
    right('HEARD'),
    right('MISSING'),
    right('UNUSED'),
    right('SIZE'),
    right('LIVE'),
    right('PACKED'),
  ]
  const rows = days.map((day): Cell[] => [
    day.day,
    String(day.decisions),
    String(day.outcomes),
    day.missing > 0 ? { text: String(day.missing), paint: 'notice' } : '0',
    unusedOf(day) > 0 ? { text: String(unusedOf(day)), paint: 'bad' } : '0',
    sizeText(day.bytes),
    String(day.live),
    String(day.archived),
  ])
  const kinds = REJECTED.filter((kind) => total[kind] > 0).map((kind) => `${total[kind]} ${kind}`)
  const lost = total.missingSegments.map((segment) => `the segment ${segment} is not there`)
  return [
    ...(rows.length === 0
      ? [style.notice(`There is no line from ${momentText(fromMs)} to ${momentText(toMs)} UTC.`)]
      : table(columns, rows, style)),
    ...(days.length < 2
      ? []
      : ['', `decided by day  ${sparkline(days.map(({ decisions }) => decisions))}`]),
    '',
    ...pairs(
      [
        ['lines', `${total.lines} looked at, ${total.outside} of another time`],
        ['not used', kinds.length === 0 ? 'none' : kinds.join(', ')],
        [
          'ledger',
          `${sizeText(bytes)} in ${segments.live} live and ${segments.archived} packed segments`,
        ],
      ],
      style,
    ),
    ...lost.map((line) => style.bad(line)),
    ...rejects
      .slice(0, 5)
      .flatMap(({ path, line, kind, reason }) =>
        wrap(`- ${basename(path)}:${line}: ${kind}: ${reason}`, style.columns, '  '),
      ),
  ]
}

const unusedOf = (day: DayCounts): number => REJECTED.reduce((sum, kind) => sum + day[kind], 0)

export function ledgerVerdictLines(data: LedgerVerified, style: Style): string[] {
  const { isSound, lines, segments, states, problems } = data
  const what = `${figure(lines)} lines in ${counted(segments, 'segment')}`
  const left = [
    ...(states.behind > 0 ? [`${states.behind} written to, or left by a crash`] : []),
    ...(states.torn > 0 ? [`${states.torn} with a torn end`] : []),
  ]
  if (isSound) {
    const said =
      left.length === 0 ? [] : [style.faint(`Of them ${left.join(', ')}; both are sound.`)]
    return [style.good(`Sound: ${what}, every one as it was written.`), ...said]
  }
  return [
    style.bad(`Not sound: ${counted(problems.length, 'problem')} in ${what}.`),
    ...problems.flatMap(({ segment, file, kind, line, count }) => {
      const place = `${file === null ? segment : basename(file)}${line === 0 ? '' : `:${line}`}`
      return wrap(`- ${place}: ${kind}${count > 1 ? `, ${count} lines` : ''}`, style.columns, '  ')
    }),
  ]
}

export function archivedLines(
  { archived, pruned, isDone }: LedgerArchived,
  style: Style,
): string[] {
  const names = [
    ...archived.map((segment) => `pack    ${segment}`),
    ...pruned.map((segment) => `remove  ${segment}`),
  ]
  const shown = names.slice(0, 20)
  const more = names.length - shown.length
  const rest = more > 0 ? [style.faint(`and ${more} more`)] : []
  if (!isDone) return [...shown, ...rest]
  const [packed, gone] = [counted(archived.length, 'segment'), counted(pruned.length, 'segment')]
  return [style.good(`Packed ${packed}, removed ${gone}.`), ...shown, ...rest]
}
