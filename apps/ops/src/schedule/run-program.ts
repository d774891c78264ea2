import { spawn } from 'node:child_process'
import { OpsError } from '../errors.ts'

/** How a program ended, and what it said. */
export interface ProgramEnded {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Calls a program of the scheduler. Bytes are taken as Latin-1, so that what comes out goes in again unchanged. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  input?: string,
) => Promise<ProgramEnded>

/** The programs of this machine, by its PATH. None of them can ask, and none is interrupted: half of its work may be done. */
export const programsOf =
  (env: Readonly<Record<string, string | undefined>>): RunProgram =>
  (program, args, input = '') =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { env: { ...env }, windowsHide: true })
      let [out, err] = ['', '']
      child.stdout.on('data', (part: Buffer) => (out += part.toString('latin1')))
      child.stderr.on('data', (part: Buffer) => (err += part.toString('latin1')))
      // One that ends before it has read everything says why by its exit code.
      child.stdin.on('error', () => {})
      child.stdin.end(Buffer.from(input, 'latin1'))
      child.once('error', (error) => reject(notStarted(program, error)))
      child.once('close', (code) => resolve({ code: code ?? 1, out, err }))
    })

function notStarted(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error
  return new OpsError('OPS_NOT_FOUND', `there is no program ${program} on this machine`, {
    next: ['the same with another --target', 'holdfast schedule print'],
    cause: error,
  })
}

/** @throws {OpsError} `OPS_SCHEDULER` if the program says that it failed. */
export async function mustRun(
  run: RunProgram,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const ended = await run(program, args, input)
  if (ended.code === 0) return ended.out
  throw schedulerError(program, args, ended)
}

export function schedulerError(
  program: string,
  args: readonly string[],
  { code, err, out }: ProgramEnded,
): OpsError {
  const said = (err.trim() || out.trim()).split('\n')[0] ?? ''
  const call = [program, ...args].join(' ')
  return new OpsError(
    'OPS_SCHEDULER',
    `\`${call}\` failed with ${code}: ${said || 'it said nothing'}`,
    {
      next: [call, 'holdfast schedule print'],
    },
  )
}
