import type { Frozen } from '../commands/freeze.ts'
import type { Unfrozen } from '../commands/unfreeze.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'
import { obedienceLines } from './obedience.ts'

export function freezeLines(data: Frozen, style: Style): string[] {
  const { stage, reason, wasFrozen, isRolledBack, isFrozen, isDone } = data
  const { acknowledgement, routers, receipt } = data
  if (!isDone) return []
  const at = stage === null ? '' : isRolledBack ? `, down from ${stage} %` : ` at ${stage} %`
  const how = !isFrozen ? 'Rolled back' : isRolledBack ? 'Rolled back and frozen' : 'Frozen'
  const what = isRolledBack ? ': the guardrail answers everyone' : ''
  const now = isFrozen ? 'Nothing is promoted or begun.' : 'It is not frozen.'
  return [
    ...wrap(`${how}${at}${what}. ${now}`, style.columns, '  ').map((line) => style.strong(line)),
    ...wrap(`reason   ${reason}`, style.columns, '         '),
    ...(wasFrozen === null || !isFrozen
      ? []
      : wrap(`it was   ${wasFrozen}; this replaces it`, style.columns, '         ')),
    ...obedienceLines(acknowledgement, routers, style),
    ...(receipt === null ? [] : [style.faint(`receipt  ${receipt}`)]),
  ]
}

export function unfreezeLines(data: Unfrozen, style: Style): string[] {
  const { stage, wasFrozen, isRolledBack, isDone, receipt } = data
  if (wasFrozen === null) return ['It is not frozen.']
  if (!isDone) return []
  const now = isRolledBack
    ? 'It is rolled back, until someone begins again.'
    : `It is at ${stage} %.`
  return [
    style.strong(`No longer frozen. ${now}`),
    ...wrap(`it was   ${wasFrozen}`, style.columns, '         '),
    ...(receipt === null ? [] : [style.faint(`receipt  ${receipt}`)]),
  ]
}
