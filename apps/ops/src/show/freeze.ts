import type { Frozen } from '../commands/freeze.ts'
import type { Unfrozen } from '../commands/unfreeze.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'
import { obedienceLines } from './obedience.ts'

export function freezeLines(data: Frozen, style: Style): string[] {
  const { stage, reason, wasFrozen, isRolledBack, isDone, acknowledgement, routers, receipt } = data
  const { notFrozenBecause } = data
  if (!isDone) return []
  const at = stage === null ? '' : isRolledBack ? `, down from ${stage} %` : ` at ${stage} %`
  const how = !isRolledBack
    ? 'Frozen'
    : notFrozenBecause === null
      ? 'Rolled back and frozen'
      : 'Rolled back'
  const what = isRolledBack ? ': the guardrail answers everyone' : ''
  const rest = notFrozenBecause === null ? ' Nothing is promoted or begun.' : ''
  return [
    ...wrap(`${how}${at}${what}.${rest}`, style.columns, '  ').map((line) => style.strong(line)),
    ...(notFrozenBecause === null
      ? []
      : wrap(`It is not frozen: ${notFrozenBecause}`, style.columns, '  ').map((line) =>
          style.bad(line),
        )),
    ...wrap(`reason   ${reason}`, style.columns, '         '),
    ...(wasFrozen === null || notFrozenBecause !== null
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
