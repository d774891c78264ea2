import type { Installed } from '../commands/schedule-install.ts'
import type { SchedulePrinted } from '../commands/schedule-print.ts'
import type { ScheduleShown } from '../commands/schedule-status.ts'
import type { Uninstalled } from '../commands/schedule-uninstall.ts'
import { durationText } from '../duration.ts'
import { EXIT_MEANINGS } from '../exit-codes.ts'
import type { ChangeSeen } from '../schedule/change.ts'
import { PERIODS, two } from '../schedule/job.ts'
import type { Style } from '../terminal/style.ts'
import { cut, pairs, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

export function installedLines(data: Installed, style: Style): string[] {
  const { changes, target, name, at, every, isDone, nextAtMs } = data
  const isSame = changes.every(({ kind }) => kind === 'keep')
  const how = isSame ? 'as it was before: ' : ''
  const said = `${name} is installed with ${target}, ${how}${PERIODS[every]} at ${at}, next ${wallText(nextAtMs)}.`
  const done = isDone
    ? wrap(said, style.columns, '  ').map((line) => style.good(line))
    : isSame
      ? [`${name} is installed just so already.`]
      : []
  return [...changeLines(changes, style), ...done]
}

export function uninstalledLines(
  { changes, target, name, isDone }: Uninstalled,
  style: Style,
): string[] {
  const done = isDone ? [style.good(`${name} is not installed with ${target} any more.`)] : []
  return [...changeLines(changes, style), ...done]
}

const WORDS: Readonly<Record<ChangeSeen['kind'], string>> = {
  create: 'new',
  replace: 'changed',
  keep: 'as it is',
  remove: 'removed',
}

function changeLines(changes: readonly ChangeSeen[], style: Style): string[] {
  return changes
    .filter(({ kind }) => kind !== 'keep')
    .flatMap(({ what, kind, diff }) => [
      style.strong(cut(`${WORDS[kind]}: ${what}`, style.columns)),
      ...(kind === 'remove' ? [] : diff.flatMap((line) => diffLine(line, style))),
      '',
    ])
}

function diffLine(line: string, style: Style): string[] {
  const lines = wrap(`  ${line}`, style.columns, '      ')
  if (line.startsWith('+ ')) return lines.map((one) => style.good(one))
  return line.startsWith('- ') ? lines.map((one) => style.bad(one)) : lines
}

export function scheduleLines(data: ScheduleShown, style: Style): string[] {
  const { target, name, installed, where, isOn, at, every, nowMs, nextAtMs, last } = data
  const states: Readonly<Record<ScheduleShown['installed'], Cell>> = {
    yes:
      isOn === false
        ? { text: 'yes, but switched off', paint: 'bad' }
        : { text: 'yes', paint: 'good' },
    no: { text: 'no', paint: 'bad' },
    partly: { text: 'partly: something of it is missing', paint: 'bad' },
  }
  const next =
    nextAtMs === null ? 'never' : `${wallText(nextAtMs)}, in ${durationText(nextAtMs - nowMs)}`
  return pairs(
    [
      ['schedule', `${name}, with ${target}`],
      ['installed', states[installed]],
      ...where.map((what, i): [string, Cell] => [i === 0 ? 'where' : '', what]),
      [`every ${every} at`, at === null ? '-' : every === 'day' ? at : `${at} on the first`],
      ['next run', next],
      ['last result', lastText(data)],
    ].filter(([title]) => installed !== 'no' || title !== 'last result' || last !== null) as [
      string,
      Cell,
    ][],
    style,
  )
}

function lastText({ last, nowMs }: ScheduleShown): Cell {
  if (last === null) return 'none known'
  const { code, atMs } = last
  const meaning = (EXIT_MEANINGS as Readonly<Record<number, string>>)[code] ?? 'unknown'
  const when = atMs === null ? '' : `, ${durationText(nowMs - atMs)} ago`
  return { text: `${code}, ${meaning}${when}`, paint: code === 0 ? 'good' : 'notice' }
}

/** By the clock on the wall, as schedulers have it. */
function wallText(atMs: number): string {
  const date = new Date(atMs)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

export function printedLines({ files }: SchedulePrinted): string[] {
  const texts = files.map(({ name, text }) => ({ name, text: text.replace(/\n$/, '') }))
  if (texts.length === 1) return texts.map(({ text }) => text)
  // A comment to who reads them, which is what such a line is to the scheduler, too.
  return texts.flatMap(({ name, text }, i) => [...(i === 0 ? [] : ['']), `# ---- ${name}`, text])
}
