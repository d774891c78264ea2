import { join } from 'node:path'
import { startProgram, type Program } from '@holdfast/test-kit'

/** Starts a program of this folder. */
export const start = (program: string, ...args: readonly string[]): Program<string, unknown> =>
  startProgram(join(import.meta.dirname, program), { args })
