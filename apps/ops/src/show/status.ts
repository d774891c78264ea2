import { join } from 'node:path'
import { durationText } from '../duration.ts'
import { figure, percent } from '../figure.ts'
import { momentText } from '../moment.ts'
import type { Stance } from '../rollout/obedience.ts'
import type { StatusShown } from '../status/shown.ts'
import { sparkline } from '../terminal/sparkline.ts'
import type { Paint, Style } from '../terminal/style.ts'
import { cut, table, type Cell } from '../terminal/table.ts'
import { gateFigure, neededText, VERDICT_PAINTS } from './gates.ts'

/** A screen has 24 lines, and one is the shell's. */
const SCREEN = 23

/** One screen of 80 columns: where it stands, who obeys, what the evidence says, what to do. */
export function statusLines(data: StatusShown, style: Style): string[] {
  const { gates, next } = data
  const lacking = lackingLines(data, style)
  const figures = figuresLines(data, style)
  const nextRun = nextRunLines(data, style)
  const lines = [
    headLine(data, style),
    '',
    ...rolloutLines(data, style),
    ...lacking,
    ...row('routers', routersCell(data), style),
    ...isolatedLines(data, style),
    ...stateLines(data, style),
    ...reportLines(data, style),
    ...figures,
    ...(gates.length === 0 ? [] : ['', ...gateGlances(data, style), '']),
    ...row('last run', lastRunText(data), style),
    ...nextRun,
    ...row('locks', locksCell(data), style),
    ...missingLines(data, style),
    ...next.flatMap((command, i) =>
      row(i === 0 ? 'do next' : '', { text: command, paint: 'strong' }, style),
    ),
  ]
  return fitted(lines, [
    '',
    ...nextRun,
    ...figures,
    ...lacking,
    ...unfreezeLines(style),
    ...beginAgainLines(style),
  ])
}

/** Leaves out what may give way, one after the other, until all else fits. */
const fitted = (lines: readonly string[], spare: readonly string[]): string[] =>
  spare.reduce<string[]>(
    (left, one) => (left.length > SCREEN ? left.filter((line) => line !== one) : left),
    [...lines],
  )

/** A line each while there is room, which there is while there are no gates. */
function missingLines({ gates, missing }: StatusShown, style: Style): string[] {
  const texts = missing.map(({ what, next }) => `${what}: ${next}`)
  const lines = gates.length === 0 || texts.length === 0 ? texts : [texts.join(' · ')]
  return lines.flatMap((text) => row('missing', { text, paint: 'notice' }, style))
}

const LABEL = 10

/** A labelled line. It is cut, because a screen is to be one screen. */
function row(label: string, cell: Cell, style: Style): string[] {
  const text = cut(typeof cell === 'string' ? cell : cell.text, style.columns - LABEL)
  const shown = typeof cell === 'string' ? text : style[cell.paint](text)
  return [`${style.faint(label.padEnd(LABEL))}${shown}`.trimEnd()]
}

function headLine({ dataDir, atMs }: StatusShown, style: Style): string {
  const when = `${momentText(atMs)} UTC`
  const room = style.columns - when.length - 2
  const from = Array.from(dataDir)
  // Of a path its end says more than its beginning.
  const shown = from.length <= room ? dataDir : `…${from.slice(1 - room).join('')}`
  return style.faint(`${room === Infinity ? shown : shown.padEnd(room)}  ${when}`)
}

const WORDS: Readonly<
  Record<StatusShown['rollout']['kind'], readonly [text: string, paint: Paint]>
> = {
  rolling: ['rolling', 'good'],
  frozen: ['FROZEN', 'notice'],
  'rolled-back': ['ROLLED BACK', 'bad'],
  completed: ['completed', 'good'],
  none: ['nothing has begun: the guardrail answers everyone', 'notice'],
  unknown: ['UNKNOWN: neither journal nor state can be read', 'bad'],
}

function rolloutLines({ rollout, lastRun, atMs, dataDir }: StatusShown, style: Style): string[] {
  const { kind, stage, sinceMs, frozen, from, trouble, history } = rollout
  const [word, paint] = WORDS[kind]
  const why = whyText(rollout, lastRun)
  // The directory stands above, and would leave no room for what is wrong in it.
  const wrong = trouble?.replace(dataDir, '').replace(/^[/\\]/, '')
  const said: Cell | null = wrong === undefined ? why : { text: wrong, paint: 'bad' }
  const fell = from === null ? '' : ` from ${from} %`
  const also = kind === 'rolled-back' && frozen !== null ? ' and FROZEN' : ''
  const since = sinceMs === null ? '' : ` for ${durationText(atMs - sinceMs)}`
  const line = `${stage === null ? '–' : `${stage} %`}${since}  ${word}${fell}${also}`
  const climbed = history.map((step) => step.stage)
  const picture = climbed.length < 2 ? '' : `  ${sparkline(climbed, { from: 0, to: 100 })}`
  return [
    ...row('stage', { text: `${line}${picture}`, paint }, style),
    ...(said === null ? [] : row('', said, style)),
    ...(frozen === null || frozen === rollout.reason
      ? []
      : row('', { text: `frozen: ${frozen}`, paint: 'notice' }, style)),
    ...(frozen === null ? [] : unfreezeLines(style)),
    ...(kind === 'rolled-back' ? beginAgainLines(style) : []),
  ]
}

function unfreezeLines(style: Style): string[] {
  const text = 'nothing is promoted or begun until `holdfast unfreeze`'
  return row('', { text, paint: 'notice' }, style)
}

function beginAgainLines(style: Style): string[] {
  const text = 'the guardrail answers everyone until `holdfast promote to <stage>`'
  return row('', { text, paint: 'notice' }, style)
}

/** Who did it, and why. What the last job said stands below. */
function whyText(
  { kind, reason, rolledBackBy }: StatusShown['rollout'],
  lastRun: StatusShown['lastRun'],
): string | null {
  if (kind === 'rolled-back' && reason !== null) {
    return rolledBackBy === null
      ? `rolled back: ${reason} (rollout/rollback.json)`
      : `rolled back by ${rolledBackBy}: ${reason}`
  }
  return reason === lastRun?.reason ? null : reason
}

const lackingLines = ({ lacking }: StatusShown, style: Style): string[] =>
  lacking.length === 0
    ? []
    : row('', { text: `to go up: ${lacking.join('; ')}`, paint: 'faint' }, style)

function isolatedLines({ isolated, atMs }: StatusShown, style: Style): string[] {
  if (isolated === null) {
    const text = 'breakers.json cannot be read: what was ordered before stays in force'
    return row('isolated', { text, paint: 'bad' }, style)
  }
  const said = isolated.map(
    (one) => `${one.route} by ${one.by} ${durationText(atMs - one.atMs)} ago: ${one.reason}`,
  )
  return said.length === 0
    ? []
    : row('isolated', { text: said.join(' · '), paint: 'notice' }, style)
}

function stateLines({ dataDir, stateProblems }: StatusShown, style: Style): string[] {
  const [first] = stateProblems
  if (first === undefined) return []
  const more = stateProblems.length === 1 ? '' : ` (and ${stateProblems.length - 1} more)`
  const text = `DAMAGED${more}: ${first.replaceAll(join(dataDir, 'learned', '/'), '')}`
  return row('state', { text, paint: 'bad' }, style)
}

const STANCES: Readonly<Record<Exclude<Stance, 'obeys'>, string>> = {
  // One whose share is fixed or that is killed does as it was told.
  apart: 'GOES BY NO STAGE',
  differs: 'DOES NOT OBEY',
  silent: 'DOES NOT SAY',
  hangs: 'HANGS',
}

function routersCell({ routers }: StatusShown): Cell {
  if (routers.length === 0) return { text: 'none runs', paint: 'notice' }
  const disobeying = routers.filter(({ obeys }) => !obeys).length
  // Whoever does not obey comes first: the line may be cut.
  const sorted = routers.toSorted((a, b) => Number(a.obeys) - Number(b.obeys))
  const said = sorted.map(({ pid, pilot, because, stance }) => {
    const how = stance === 'obeys' ? '' : ` (${because ?? 'unreadable'}) ${STANCES[stance]}`
    return `${pid ?? '?'} at ${percent(pilot)}${how}`
  })
  const all = disobeying === 0 ? `${routers.length} obey` : `${disobeying} of ${routers.length}`
  return { text: `${all}: ${said.join(' · ')}`, paint: disobeying === 0 ? 'good' : 'bad' }
}

function reportLines({ report }: StatusShown, style: Style): string[] {
  if (report === null) return row('report', { text: 'none', paint: 'notice' }, style)
  const { window, ageMs, decisions, liveRate } = report
  const length = durationText(Date.parse(window.to) - Date.parse(window.from))
  return row(
    'report',
    `${decisions} decisions of ${length} until ${durationText(ageMs)} ago, ${percent(liveRate)} live`,
    style,
  )
}

function figuresLines({ report }: StatusShown, style: Style): string[] {
  if (report === null) return []
  const { rsi, rollbacks, rollbacksPer1k, triMedian } = report
  const figures = [
    `RSI ${figure(rsi)}`,
    `${rollbacks} rollbacks, ${figure(rollbacksPer1k)} per 1000 live`,
    `median TRI Δ ${figure(triMedian)}`,
  ]
  return row('', figures.join(' · '), style)
}

function gateGlances({ gates, verdict }: StatusShown, style: Style): string[] {
  const columns = [
    { title: 'GATE' },
    { title: 'VERDICT' },
    { title: 'VALUE', align: 'right' as const },
    { title: 'NEEDED', align: 'right' as const },
    { title: 'SO FAR' },
  ]
  const rows = gates.map(({ gate, verdict: says, value, threshold, history }): Cell[] => [
    gate,
    { text: says, paint: VERDICT_PAINTS[says] },
    gateFigure(gate, value),
    neededText(gate, threshold),
    { text: history.length < 2 ? '' : sparkline(history), paint: 'faint' },
  ])
  const [head = '', ...others] = table(columns, rows, {
    ...style,
    columns: style.columns - LABEL,
  })
  const word = (verdict ?? '').replace('inconclusive', 'unproven').padEnd(LABEL)
  const says = verdict === null ? word : style[VERDICT_PAINTS[verdict]](word)
  return [
    `${style.faint('gates'.padEnd(LABEL))}${head}`,
    ...others.map((line, i) => `${i === 0 ? says : ' '.repeat(LABEL)}${line}`),
  ]
}

function lastRunText({ lastRun, atMs }: StatusShown): Cell {
  if (lastRun === null) return { text: 'the daily job never ran', paint: 'notice' }
  const { atMs: then, action, reason } = lastRun
  return `${durationText(atMs - then)} ago: ${action}, ${reason}`
}

function nextRunLines({ nextRun, atMs }: StatusShown, style: Style): string[] {
  if (nextRun === null) return []
  const { atMs: then, target } = nextRun
  return row('next run', `in ${durationText(then - atMs)}, by ${target}`, style)
}

function locksCell({ locks }: StatusShown): Cell {
  if (locks.length === 0) return 'none held'
  const said = locks.map(({ name, pid, isDead, heldMs }) => {
    const long = heldMs === null ? '' : ` for ${durationText(heldMs)}`
    return `${name} by ${isDead ? 'DEAD ' : ''}${pid ?? '?'}${long}`
  })
  return locks.some(({ isDead }) => isDead)
    ? { text: said.join(' · '), paint: 'bad' }
    : said.join(' · ')
}
