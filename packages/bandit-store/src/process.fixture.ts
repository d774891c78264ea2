import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '@holdfast/seams'
import type { Answer, Command } from './commands.fixture.ts'

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

/** A child that carries out commands. */
export interface Servant extends AsyncDisposable {
  readonly pid: number
  ask(command: Command): Promise<Answer>
  /** What came of a command. @throws {Error} if it failed. */
  have(command: Command): Promise<unknown>
  /** Sends a command without waiting for its answer. */
  tell(command: Command): void
  /** The next line it says. */
  hear(): Promise<Answer>
  /** Resolves when it stands still, by SIGSTOP. */
  stopped(): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Resolves when it is gone. */
  gone(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts a child that carries out commands. */
export async function startServant(env: Readonly<Record<string, string>> = {}): Promise<Servant> {
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const child = spawn(process.execPath, [script], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  })
  child.stdin.on('error', () => {}) // It was killed on purpose while we spoke to it.
  const pid = child.pid ?? 0
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += String(text)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const hear = async (): Promise<Answer> => {
    const next = await lines.next()
    if (next.done === true) throw new Error(`the child has ended: ${complaint}`)
    return JSON.parse(next.value) as Answer
  }
  const tell = (command: Command): void => void child.stdin.write(`${JSON.stringify(command)}\n`)
  const ask = (command: Command): Promise<Answer> => {
    tell(command)
    return hear()
  }
  const kill = (): Promise<void> => ended(child, 'SIGKILL')
  await hear()
  return {
    pid,
    hear,
    tell,
    ask,
    async have(command) {
      const { done, code, message } = await ask(command)
      if (code !== undefined) throw new Error(`${command.do}: ${code}: ${message ?? ''}`)
      return done
    },
    stopped: () => until(() => stateOf(pid) === 'T'),
    signal: (signal) => void child.kill(signal),
    async gone() {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
    kill,
    [Symbol.asyncDispose]: kill,
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

/** Ends a child and waits until it is gone. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** Runs a program to its end. @throws what it said on standard error. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}
