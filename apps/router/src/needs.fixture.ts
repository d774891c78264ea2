import { spawnSync } from 'node:child_process'

/** Runs a program to its end. @throws with what it complained of, if it failed. */
export function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`)
}

/**
 * Why a test cannot run here, to be shown in its name; empty when it can. In CI a missing program is
 * no reason: the test then runs and fails.
 */
export function lacking({
  programs = [],
  root = false,
}: {
  readonly programs?: readonly string[]
  readonly root?: boolean
}): string {
  if (process.platform !== 'linux') return ' (skipped: needs Linux)'
  if (root && process.getuid?.() !== 0) return ' (skipped: needs root)'
  if (process.env['CI'] === 'true') return ''
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0)
  return missing.length === 0 ? '' : ` (skipped: needs ${missing.join(', ')})`
}
