import { carryOut, type CommandResult, type RolloutCommand } from './command.ts'
import { isInForce, type RolloutSight } from './effective.ts'
import { entryOf, type JournalEntry } from './journal.ts'
import { beginning, type RolloutState } from './state.ts'

/** The states that one update goes through, and the journal's entries for them. */
export class Steps {
  state: RolloutState = beginning
  before: RolloutState = beginning
  result: CommandResult = { kind: 'held', reasons: [] }
  readonly entries: JournalEntry[] = []
  #nowMs = 0

  start(state: RolloutState, nowMs: number): void {
    this.state = state
    this.before = state
    this.#nowMs = nowMs
  }

  /** Writes down a rollback that routers obey already. Answers the state after it; null when there was nothing to write down. */
  absorb(rollback: RolloutSight['rollback']): RolloutState | null {
    const { state } = this
    if (!isInForce({ state, rollback }) || state.standing.kind === 'rolled-back') return null
    const { id, reason } =
      rollback === 'unreadable' || rollback === null
        ? { id: 'unreadable', reason: 'there is a rollback file, which cannot be read' }
        : rollback
    this.#carryOut({ kind: 'rollback', reason, id }, 'rollback.json')
    return this.state
  }

  /** Carries out a command. A beginning answers the rollback that is in force, and no other one. */
  take(command: RolloutCommand, rollback: RolloutSight['rollback'], by: string): void {
    const { state } = this
    if (command.kind !== 'begin' || !isInForce({ state, rollback })) {
      this.#carryOut(command, by)
      return
    }
    const { id, reason } = answerable(rollback)
    if (command.rollback !== null && command.rollback !== id) {
      const reasons = [`another rollback is in force, ${id}: ${reason}`]
      this.result = { kind: 'refused', reasons }
      return
    }
    this.#carryOut({ ...command, rollback: id }, by)
  }

  #carryOut(command: RolloutCommand, by: string): void {
    const result = carryOut(this.state, command, this.#nowMs)
    this.result = result
    if (result.kind !== 'moved') return
    const record = { atMs: this.#nowMs, command: command.kind, by }
    const { entry, state } = entryOf(this.state.head, result.state, record)
    this.entries.push(entry)
    this.state = state
    this.result = { kind: 'moved', state }
  }
}

/** What a beginning can name. Whoever carries it out for real writes a file that can be read over one that cannot. */
function answerable(rollback: RolloutSight['rollback']): {
  readonly id: string
  readonly reason: string
} {
  if (rollback !== null && rollback !== 'unreadable') return rollback
  return { id: 'unreadable', reason: 'its file cannot be read' }
}

/** The state once a rollback that is in force is written down. Changes nothing. */
export function settled(
  state: RolloutState,
  rollback: RolloutSight['rollback'],
  nowMs: number,
): RolloutState {
  const steps = new Steps()
  steps.start(state, nowMs)
  return steps.absorb(rollback) ?? state
}

/** What a command would come to, with a rollback that is in force written down before. Changes nothing. */
export function foreseen(
  state: RolloutState,
  rollback: RolloutSight['rollback'],
  command: RolloutCommand,
  nowMs: number,
): CommandResult {
  const steps = new Steps()
  steps.start(state, nowMs)
  steps.absorb(rollback)
  steps.take(command, rollback, 'nobody')
  return steps.result
}
