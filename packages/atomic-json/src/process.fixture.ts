import { join } from 'node:path'
import { startServant as start, type Program, type StartOptions } from '@holdfast/test-kit'
import type { Answer, Command } from './commands.fixture.ts'

/** A child that carries out commands. */
export type Servant = Program<Command, Answer>

export const startServant = (options?: StartOptions): Promise<Servant> =>
  start(join(import.meta.dirname, 'commands.fixture.ts'), options)
