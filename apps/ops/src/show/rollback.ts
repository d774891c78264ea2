import type { RolledBack } from '../commands/rollback.ts'
import type { Style } from '../terminal/style.ts'
import { obedienceLines } from './obedience.ts'

export function rollbackLines(data: RolledBack, style: Style): string[] {
  const { from, isDone, acknowledgement, routers, receipt } = data
  if (!isDone) return []
  const fell = from === null ? '' : `, down from ${from} %`
  return [
    style.strong(`Rolled back${fell}: the guardrail answers everyone.`),
    ...obedienceLines(acknowledgement, routers, style),
    ...(receipt === null ? [] : [style.faint(`receipt  ${receipt}`)]),
  ]
}
