import { join } from 'node:path'
import { startProgram, type Program } from '@holdfast/test-kit'

/** A child that carries out one command, and says what came of it. */
export type Child<Said> = Program<never, Said>

export const SCRIPT: string = join(import.meta.dirname, 'commands.fixture.ts')

/** Starts `commands.fixture.ts` with a command. */
export const start = <Said>(...args: readonly string[]): Child<Said> =>
  startProgram(SCRIPT, { args })
