import type { AutoPromoted } from '../commands/promote-auto.ts'
import { durationText } from '../duration.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'
import { verdictCell } from './gates.ts'
import { obedienceLines } from './obedience.ts'

/** What a job that ended so would do, for the plan of a dry run. */
export function autoSteps({ outcome, from, to }: AutoPromoted): string[] {
  if (outcome === 'promoted') return [`go up from ${from} % to ${to} % of the users`]
  if (outcome === 'rolled-back') return [`roll back from ${from} %: the guardrail answers everyone`]
  if (outcome === 'busy') return []
  return [from === null ? 'hold, and write down why' : `stay at ${from} %, and write down why`]
}

export function autoLines(data: AutoPromoted, style: Style): string[] {
  const { reasons, verdict, acknowledgement, routers, receipt, report, isDryRun } = data
  const why = reasons.flatMap((reason) => wrap(`  - ${reason}`, style.columns, '    '))
  const gates = verdict === null ? [] : [gatesLine(verdict, style)]
  const files = [
    ...(receipt === null ? [] : [`receipt  ${receipt}`]),
    ...(report === null ? [] : [`report   ${report}`]),
  ]
  return [
    // A dry run has said already what it would do.
    autoSteps(data).length > 0 && isDryRun ? 'Because:' : headOf(data, style),
    ...why,
    ...gates,
    ...obedienceLines(acknowledgement, routers, style),
    ...files.map((line) => style.faint(line)),
  ]
}

function gatesLine(verdict: NonNullable<AutoPromoted['verdict']>, style: Style): string {
  const cell = verdictCell(verdict)
  if (typeof cell === 'string') return `gates: ${cell}`
  return `gates: ${style[cell.paint](cell.text)}`
}

function headOf(data: AutoPromoted, style: Style): string {
  const { outcome, from, to, isFrozen, heldMs } = data
  const how = isFrozen ? ', frozen' : ''
  switch (outcome) {
    case 'promoted':
      return style.good(`Went up from ${from} % to ${to} % of the users:`)
    case 'rolled-back':
      return style.bad(`Rolled back from ${from} %, the guardrail answers everyone:`)
    case 'held':
      return style.notice(`Held at ${from} %${how}:`)
    case 'nothing-to-do':
      return `Nothing to do at ${from} %${how}:`
    case 'busy':
      return style.notice(
        `Nothing was done${heldMs === null ? '' : `; it has been at it for ${durationText(heldMs)}`}:`,
      )
    case 'no-evidence':
      return style.bad(`Held${how}, for want of evidence:`)
    default:
      return outcome satisfies never
  }
}
