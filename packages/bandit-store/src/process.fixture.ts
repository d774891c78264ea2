import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { startServant as start, type Program, type StartOptions } from '@holdfast/test-kit'
import type { Answer, Command } from './commands.fixture.ts'

/** A child that carries out commands. */
export interface Servant extends Program<Command, Answer> {
  /** What came of a command. @throws {Error} if it failed. */
  have(command: Command): Promise<unknown>
  /** Resolves when it stands still, by SIGSTOP. */
  stopped(): Promise<void>
}

export async function startServant(options?: StartOptions): Promise<Servant> {
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const program = await start<Command, Answer>(script, options)
  return {
    ...program,
    async have(command) {
      const { done, code, message } = await program.ask(command)
      if (code !== undefined) throw new Error(`${command.do}: ${code}: ${message ?? ''}`)
      return done
    },
    stopped: () => until(() => stateOf(program.pid) === 'T'),
  }
}

/** The letter that Linux gives the state of a process. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? ''
}

/** Waits for something that comes by itself. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(5)
}
