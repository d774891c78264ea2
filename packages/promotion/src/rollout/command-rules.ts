import type { GateResult, Verdict } from '../gates/gate.ts'
import { worst } from '../gates/judge.ts'
import { anyText, oneOf, onlyOptions, shown, someText, trueOrFalse } from '../option-rules.ts'
import type { RolloutCommand } from './command.ts'
import { isStage, STAGES } from './stage.ts'

const FIELDS: Readonly<Record<RolloutCommand['kind'], readonly string[]>> = {
  promote: ['kind', 'verdict', 'lacking', 'reason'],
  stage: ['kind', 'stage', 'reason', 'verdict', 'isForced'],
  freeze: ['kind', 'reason'],
  thaw: ['kind', 'reason'],
  rollback: ['kind', 'reason', 'id'],
  begin: ['kind', 'reason', 'rollback'],
  red: ['kind', 'reason'],
}

/**
 * Looks at a command before anything else does: what is misspelt here would otherwise be written into the journal, and obeyed.
 * @throws {TypeError | RangeError} naming a field that is wrong, missing or unknown, what it may be and what it was.
 */
export function checkCommand(command: unknown): asserts command is RolloutCommand {
  if (typeof command !== 'object' || command === null) {
    throw new TypeError(`a command must be an object, got ${shown(command)}`)
  }
  const fields = command as Readonly<Record<string, unknown>>
  oneOf('kind', fields['kind'], Object.keys(FIELDS))
  const kind = fields['kind'] as RolloutCommand['kind']
  onlyOptions(`command ${kind}`, command, FIELDS[kind], 'field')
  someText('reason', fields['reason'])
  if (kind === 'rollback') someText('id', fields['id'])
  if (kind === 'begin') aRollback(fields['rollback'])
  if (kind === 'promote') {
    aVerdict(fields['verdict'])
    listOfText('lacking', fields['lacking'])
  }
  if (kind === 'stage') {
    aStage(fields['stage'])
    if (fields['verdict'] !== null) aVerdict(fields['verdict'])
    trueOrFalse('isForced', fields['isForced'])
  }
}

function aStage(stage: unknown): void {
  if (isStage(stage)) return
  const all = `${STAGES.slice(0, -1).join(', ')} or ${STAGES.at(-1)}`
  throw new RangeError(`stage must be ${all}, got ${shown(stage)}`)
}

function aRollback(rollback: unknown): void {
  if (rollback === null || (typeof rollback === 'string' && rollback !== '')) return
  throw new TypeError(
    `rollback must be the id of the rollback that is answered, or null for whichever is in force, got ${shown(rollback)}`,
  )
}

function listOfText(name: string, list: unknown): void {
  if (!Array.isArray(list)) throw new TypeError(`${name} must be a list, got ${shown(list)}`)
  for (const one of list) anyText(`each of ${name}`, one)
}

/** @throws {TypeError} unless `value` is a verdict that its gates bear out: one without gates says nothing. */
export function aVerdict(value: unknown): asserts value is Verdict {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`verdict must be one of judge, got ${shown(value)}`)
  }
  const { verdict, isMeasured, gates } = value as Partial<Verdict>
  oneOf('verdict.verdict', verdict, ['go', 'no-go', 'inconclusive'])
  trueOrFalse('verdict.isMeasured', isMeasured)
  if (!Array.isArray(gates) || gates.length === 0) {
    const found = Array.isArray(gates) ? 'none' : shown(gates)
    throw new TypeError(`verdict.gates must be what each gate says, got ${found}`)
  }
  for (const gate of gates as readonly unknown[]) aGate(gate)
  const heard = (gates as readonly GateResult[]).filter(({ isAdvisory }) => !isAdvisory)
  const borneOut = worst(heard.map(({ verdict: says }) => says))
  if (verdict === borneOut) return
  throw new TypeError(`verdict.verdict must be "${borneOut}", as its gates say, got "${verdict}"`)
}

function aGate(value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`each of verdict.gates must be what a gate says, got ${shown(value)}`)
  }
  const { gate, verdict, reason, isAdvisory } = value as Partial<GateResult>
  someText('gate of verdict.gates', gate)
  oneOf('verdict of verdict.gates', verdict, ['go', 'no-go', 'inconclusive'])
  anyText('reason of verdict.gates', reason)
  trueOrFalse('isAdvisory of verdict.gates', isAdvisory)
}
