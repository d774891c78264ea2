import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What a test needs of the machine. */
export interface Needs {
  readonly programs?: readonly string[]
  readonly root?: boolean
}

/**
 * Why a test cannot run here, to be shown in its name; empty when it can. In CI a missing program is
 * no reason: the test then runs and fails.
 */
export function lacking({ programs = [], root = false }: Needs): string {
  if (process.platform !== 'linux') return ' (skipped: needs Linux)'
  if (root && process.getuid?.() !== 0) return ' (skipped: needs root)'
  if (process.env['CI'] === 'true') return ''
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0)
  return missing.length === 0 ? '' : ` (skipped: needs ${missing.join(', ')})`
}

/** A program of this folder that was started. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess
  /** The next line it says. @throws what it complained of, if it ended instead. */
  hear(): Promise<string>
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
}

/** Starts a program of this folder with Node.js. */
export function start(program: string, ...args: readonly string[]): Program {
  const script = join(import.meta.dirname, program)
  const child = spawn(process.execPath, [script, ...args], { stdio: 'pipe' })
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += String(text)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    ended,
    async hear() {
      const next = await lines.next()
      if (next.done === true) throw new Error(`the program has ended: ${complaint}`)
      return next.value
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Runs a program of the system to its end. @throws what it said on standard error. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}
