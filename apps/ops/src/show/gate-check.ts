import type { GatesChecked } from '../commands/gate-check.ts'
import { windowText } from '../moment.ts'
import type { Style } from '../terminal/style.ts'
import { cut } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'
import { youngLines } from './young.ts'
import { gateTable, reasonLines, VERDICT_PAINTS } from './gates.ts'

const WORDS = {
  go: 'GO: all gates are green',
  'no-go': 'NO-GO',
  inconclusive: 'INCONCLUSIVE: nothing moves on this',
} as const

export function gateLines(data: GatesChecked, style: Style): string[] {
  const { verdict, mode, window, gates, slots, stage, lacking, report, young } = data
  const about = [
    ...(stage === null ? [] : [`stage ${stage}`]),
    `mode ${mode}`,
    ...(window.from === '' ? [] : [windowText(window)]),
  ].join(' · ')
  const red = slots.filter(({ isGreen }) => !isGreen)
  const advisory = gates.some(({ isAdvisory }) => isAdvisory)
  const against = reasonLines(gates, style)
  return [
    style[VERDICT_PAINTS[verdict]](style.strong(WORDS[verdict])),
    style.faint(cut(report === null ? about : `${about} · ${report}`, style.columns)),
    ...youngLines(young, style),
    '',
    ...gateTable(gates, style),
    ...(advisory ? [style.faint('In brackets: told, without a say in this mode.')] : []),
    ...section('What stands against it:', against),
    ...section(
      'Slots that are not green:',
      red.flatMap(({ slot, reason }) => wrap(`  - ${slot} ${reason}`, style.columns, '    ')),
    ),
    ...section(
      `Lacking before stage ${stage ?? ''} may be left, apart from the gates:`,
      lacking.flatMap((text) => wrap(`  - ${text}`, style.columns, '    ')),
    ),
  ]
}

const section = (head: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', head, ...lines]
