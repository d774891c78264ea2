import type { Ordered } from '../breakers/order.ts'
import type { RoutesSeen } from '../breakers/look.ts'
import type { RouteSeen } from '../breakers/routes.ts'
import type { RouteShown } from '../commands/breakers-show.ts'
import { durationText } from '../duration.ts'
import { percent } from '../figure.ts'
import type { BreakerReading } from '../router/admin.ts'
import type { Paint, Style } from '../terminal/style.ts'
import { pairs, right, table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

const PAINTS: Readonly<Record<string, Paint>> = {
  closed: 'good',
  probing: 'notice',
  open: 'bad',
  isolated: 'bad',
}

const stateCell = (state: string, text: string): Cell => ({
  text,
  paint: PAINTS[state] ?? 'notice',
})

/** The largest of what is known; null when nothing is. */
function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

export function routeLines({ url, processes, routes }: RoutesSeen, style: Style): string[] {
  const columns = [
    { title: 'ROUTE' },
    { title: 'STATE' },
    right('CALLS'),
    right('FAILED'),
    right('SLOW'),
    right('REFUSED'),
    { title: 'WHY', canShrink: true },
  ]
  const rows = routes.map((seen): Cell[] => [
    seen.isGuardrail === true ? `${seen.route} (guardrail)` : seen.route,
    stateCell(seen.state, stateText(seen)),
    String(sum(seen.processes.map(({ recorded }) => recorded))),
    percent(most(seen.processes.map(({ failureRatio }) => failureRatio))),
    percent(most(seen.processes.map(({ slowRatio }) => slowRatio))),
    String(sum(seen.processes.map(({ rejected }) => rejected))),
    seen.isolated === null ? why(seen.processes) : `${seen.isolated.by}: ${seen.isolated.reason}`,
  ])
  const count = processes.length === 1 ? 'one process' : `${processes.length} processes`
  return [
    ...table(columns, rows, style),
    '',
    ...wrap(`${count} at ${url}; FAILED and SLOW are those of the worst.`, style.columns).map(
      (line) => style.faint(line),
    ),
  ]
}

const stateText = ({ state, inState, processes }: RouteSeen): string =>
  inState === processes.length ? state : `${state} in ${inState} of ${processes.length}`

const why = (readings: readonly BreakerReading[]): string =>
  readings.map(causeText).find((text) => text !== '') ?? ''

function causeText({ cause, retryInMs }: BreakerReading): string {
  if (cause === null) return ''
  const after = retryInMs === null ? '' : `; next try in ${durationText(retryInMs)}`
  return `${cause.reason ?? cause.kind}${after}`
}

export function oneRouteLines(seen: RouteShown, style: Style): string[] {
  const { route, isGuardrail, isolated, processes, atMs, state } = seen
  const held: [string, Cell][] =
    isolated === null
      ? []
      : [
          ['isolated by', isolated.by],
          ['isolated for', durationText(atMs - isolated.atMs)],
        ]
  const head = pairs(
    [
      ['route', isGuardrail === true ? `${route}, the guardrail` : route],
      ['state', stateCell(state, stateText(seen))],
      ...held,
    ],
    style,
  )
  const because = isolated === null ? [] : becauseLines(isolated.reason, style)
  const columns = [
    right('PROCESS'),
    { title: 'STATE' },
    right('LOOKS AT'),
    right('FAILED'),
    right('SLOW'),
    right('REFUSED'),
    { title: 'WHY', canShrink: true },
  ]
  const rows = processes.map((reading): Cell[] => [
    String(reading.pid),
    stateCell(reading.state, reading.state),
    `${reading.calls} calls`,
    percent(reading.failureRatio),
    percent(reading.slowRatio),
    String(reading.rejected),
    causeText(reading),
  ])
  return [...head, ...because, '', ...table(columns, rows, style)]
}

/** Below the pairs, and as one of them, but whole: it is what one looks for. */
function becauseLines(reason: string, style: Style): string[] {
  const width = 'isolated for  '.length
  return wrap(reason, style.columns - width).map(
    (line, i) => `${style.faint((i === 0 ? 'because' : '').padEnd(width))}${line}`,
  )
}

export function orderedLines(data: Ordered, style: Style): string[] {
  const { route, order, seq, obeying, missing, waitedMs } = data
  if (seq === null) return []
  const what = order === 'isolate' ? `${route} is not called` : `${route} is called again`
  const who = obeying.length === 1 ? `process ${obeying[0]}` : `processes ${obeying.join(', ')}`
  const done = `${what}: ${who} obeyed within ${durationText(waitedMs)} (order ${seq})`
  if (missing.length === 0)
    return wrap(`${done}.`, style.columns, '  ').map((line) => style.good(line))
  const said = obeying.length === 0 ? `order ${seq} is kept, and nobody has said to obey it` : done
  return [
    ...wrap(`${said}.`, style.columns, '  '),
    ...wrap(
      `Not heard of in ${durationText(waitedMs)}: ${missing.join(', ')}. Whoever hangs obeys within 200 ms once it goes on; to be sure, end it: the router starts another, which obeys before it answers.`,
      style.columns,
      '  ',
    ),
  ]
}
