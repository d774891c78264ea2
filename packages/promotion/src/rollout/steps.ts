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

  /** Writes down a rollback that routers obey already. */
  absorb(rollback: RolloutSight['rollback']): void {
    const { state } = this
    if (!isInForce({ state, rollback }) || state.standing.kind === 'rolled-back') return
    const { id, reason } =
      rollback === 'unreadable' || rollback === null
        ? { id: 'unreadable', reason: 'there is a rollback file, which cannot be read' }
        : rollback
    this.take({ kind: 'rollback', reason, id }, 'rollback.json')
  }

  /** A rollback that nobody can read cannot be answered either. */
  refuse(path: string): void {
    this.result = { kind: 'refused', reasons: [`${path} cannot be read; remove it first`] }
  }

  take(command: RolloutCommand, by: string): void {
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
