import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Killed, if it still runs, when the test leaves its block. */
export interface RouterProcess extends AsyncDisposable {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** What was written to standard output and standard error so far. */
  out(): string
  err(): string
}

/** The built router as its user starts it, with an environment of its own. */
export function startCli(args: readonly string[], env: Record<string, string> = {}): RouterProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString('utf8')))
  child.stderr.on('data', (part: Buffer) => (err += part.toString('utf8')))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, out, err }))
  })
  return {
    child,
    ended,
    out: () => out,
    err: () => err,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export async function runCli(
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Ended> {
  await using run = startCli(args, env)
  return await run.ended
}
