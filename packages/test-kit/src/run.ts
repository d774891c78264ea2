import { spawnSync } from 'node:child_process'

/** Runs a program to its end, and answers what it said. @throws {Error} with what it complained of, if it failed. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}
