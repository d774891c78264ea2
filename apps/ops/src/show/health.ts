import type { Status } from '@holdfast/health'
import type { HealthShown } from '../commands/health.ts'
import { durationText } from '../duration.ts'
import type { Paint, Style } from '../terminal/style.ts'
import { table, type Cell, type Column } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

const PAINTS: Readonly<Record<Status, Paint>> = {
  ok: 'good',
  degraded: 'notice',
  unknown: 'notice',
  critical: 'bad',
}

const columns = (title: string, says: string): Column[] => [
  { title },
  { title: 'STATUS' },
  { title: says, canShrink: true },
]

const cell = (status: Status): Cell => ({ text: status, paint: PAINTS[status] })

export function healthLines(data: HealthShown, style: Style): string[] {
  const { status, source, url, atMs, checks, slots, component } = data
  const where = source === 'router' ? `says ${url}` : 'say the files: no router answers'
  const what = component === null ? '' : `${component} is `
  const rows = checks.map(({ name, status, message }): Cell[] => [
    name,
    cell(status),
    message ?? '-',
  ])
  const slotRows = slots.map(({ name, status, checks, atMs: then }): Cell[] => [
    name,
    cell(status),
    then === null ? checks.join(', ') : `recorded ${durationText(atMs - then)} ago`,
  ])
  const said = source === 'router' ? 'STANDS FOR' : 'AS OF'
  return [
    `${what}${style[PAINTS[status]](status)}, ${where}`,
    ...(rows.length === 0 ? [] : ['', ...table(columns('CHECK', 'SAYS'), rows, style)]),
    ...longest(data, style),
    ...(slotRows.length === 0 ? [] : ['', ...table(columns('SLOT', said), slotRows, style)]),
  ]
}

/** What a line cuts off of a check that is not well is what one wants to read. */
function longest({ checks }: HealthShown, style: Style): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => name.length)) + 'critical'.length + 4
  return checks
    .filter(
      ({ status, message }) => status !== 'ok' && width + (message?.length ?? 0) > style.columns,
    )
    .flatMap(({ name, message }) => ['', ...wrap(`${name}: ${message ?? ''}`, style.columns, '  ')])
}
