import type { GateName, GateResult, GateVerdict, Verdict } from '@holdfast/promotion'
import { durationText } from '../duration.ts'
import { figure } from '../figure.ts'
import type { Paint, Style } from '../terminal/style.ts'
import { table, type Cell } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

/** Colours of verdicts; the words say the same. */
export const VERDICT_PAINTS: Readonly<Record<GateVerdict, Paint>> = {
  go: 'good',
  'no-go': 'bad',
  inconclusive: 'notice',
}

/** A gate, what it found, and what it holds that against. */
export function gateTable(gates: readonly GateResult[], style: Style): string[] {
  const columns = [
    { title: 'GATE' },
    { title: 'VERDICT' },
    { title: 'VALUE', align: 'right' as const },
    { title: 'NEEDED', align: 'right' as const },
    { title: 'SAMPLES', align: 'right' as const },
    { title: 'SOURCE', canShrink: true },
  ]
  return table(columns, gates.map(rowOf), style)
}

function rowOf(gate: GateResult): Cell[] {
  const { verdict, isAdvisory, value, threshold, samples, source } = gate
  const word = isAdvisory ? `(${verdict})` : verdict
  return [
    gate.gate,
    { text: word, paint: isAdvisory ? 'faint' : VERDICT_PAINTS[verdict] },
    gateFigure(gate.gate, value),
    neededText(gate.gate, threshold),
    String(samples),
    { text: source.replaceAll('report.', ''), paint: 'faint' },
  ]
}

/** Gates of which more is better; of the others less is. */
const AT_LEAST: ReadonlySet<GateName> = new Set(['rsi', 'tri', 'slots', 'sample-ratio', 'quality'])

/** What a gate's value is held against: `≥ 0.85`. */
export function neededText(gate: GateName, threshold: number | null): string {
  if (threshold === null) return '–'
  return `${AT_LEAST.has(gate) ? '≥' : '≤'} ${gateFigure(gate, threshold)}`
}

/** A gate's value in its unit. */
export function gateFigure(gate: GateName, value: number | null): string {
  if (value === null) return '–'
  return gate === 'freshness' ? durationText(value) : figure(value)
}

/** Why it is not a go, a gate each: those that have a say first. */
export function reasonLines(gates: readonly GateResult[], style: Style): string[] {
  const told = gates.filter(({ verdict, isAdvisory }) => verdict !== 'go' && !isAdvisory)
  return told.flatMap(({ gate, reason }) => wrap(`  - ${gate}: ${reason}`, style.columns, '    '))
}

/** All gates in a word, and which of them stand against it. */
export function verdictCell({ verdict, gates }: Verdict): Cell {
  const against = gates.filter((gate) => gate.verdict !== 'go' && !gate.isAdvisory)
  const names = against.map(({ gate }) => gate).join(', ')
  return { text: names === '' ? verdict : `${verdict}: ${names}`, paint: VERDICT_PAINTS[verdict] }
}
