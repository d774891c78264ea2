import type { StageSet } from '../commands/promote-to.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'
import { gateTable } from './gates.ts'
import { obedienceLines } from './obedience.ts'

export function stageLines(data: StageSet, style: Style): string[] {
  const { from, to, begins, isDone, acknowledgement, routers, receipt } = data
  if (data.refusedBecause.length > 0) return refusedLines(data, style)
  if (!isDone) return from === to && !begins ? [`The rollout is at ${to} % already.`] : []
  const began = begins ? 'A new rollout has begun; the' : 'The'
  return [
    style.strong(`${began} learned policy answers for ${to} % of the users.`),
    ...obedienceLines(acknowledgement, routers, style),
    ...(receipt === null ? [] : [style.faint(`receipt  ${receipt}`)]),
  ]
}

function refusedLines({ to, verdict, refusedBecause }: StageSet, style: Style): string[] {
  return [
    style.bad(`Stage ${to} is refused, and nothing was changed:`),
    ...refusedBecause.flatMap((reason) => wrap(`  - ${reason}`, style.columns, '    ')),
    '',
    ...gateTable(verdict?.gates ?? [], style),
  ]
}
