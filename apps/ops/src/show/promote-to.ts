import type { StageSet } from '../commands/promote-to.ts'
import type { Style } from '../terminal/style.ts'
import { obedienceLines } from './obedience.ts'

export function stageLines(data: StageSet, style: Style): string[] {
  const { from, to, begins, isDone, acknowledgement, routers, receipt } = data
  if (!isDone) return from === to && !begins ? [`The rollout is at ${to} % already.`] : []
  const began = begins ? 'A new rollout has begun; the' : 'The'
  return [
    style.strong(`${began} learned policy answers for ${to} % of the users.`),
    ...obedienceLines(acknowledgement, routers, style),
    ...(receipt === null ? [] : [style.faint(`receipt  ${receipt}`)]),
  ]
}
