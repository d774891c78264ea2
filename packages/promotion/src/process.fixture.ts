import { join } from 'node:path'
import { startProgram, type Program } from '@holdfast/test-kit'

/** What a child says. */
export interface Line {
  readonly ready?: true
  readonly worker?: string
  readonly pilot?: number
  readonly because?: string
  readonly writer?: string
}

/** A child that says what it does, and ends with its input. */
export type Child = Program<never, Line>

/** Starts a program of this folder. */
export const start = (
  program: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Child => startProgram(join(import.meta.dirname, program), { args, ...(env && { env }) })
