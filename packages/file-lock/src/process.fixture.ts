import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '@holdfast/seams'
import { Asked, type Answer, type Command } from './commands.fixture.ts'
import { inspectLock, type EngineName } from './index.ts'

export const ENGINES: readonly EngineName[] = ['proper-lockfile', 'direct', 'kernel']

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

/** How a child ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it said on standard error. */
  readonly complaint: string
}

/** A child that carries out commands. */
export interface Servant extends AsyncDisposable {
  /** Of the program that was started, which is the wrapper if there is one that stays. */
  readonly pid: number
  /** An end before the answer is an answer too: `CHILD_ENDED`. */
  ask(command: Command): Promise<Answer>
  /** As `ask`, but gives what is said when the work begins, and its end. */
  begin(command: Command): Promise<{ readonly answer: Promise<Answer> }>
  signal(name: NodeJS.Signals): void
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  readonly end: Promise<End>
}

/** Starts a child that carries out commands, by way of `wrapper`, such as `setpriv`. */
export async function startServant(wrapper: readonly string[] = []): Promise<Servant> {
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const [program = '', ...args]: readonly string[] = [...wrapper, process.execPath, script]
  const child = spawn(program, args, { stdio: 'pipe' })
  child.stdin.on('error', () => {}) // It was killed on purpose while we spoke to it.
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += String(text)))
  const asked = new Asked()
  createInterface({ input: child.stdout }).on('line', (line) => asked.hear(line))
  const end = once(child, 'close').then(([code, signal]): End => {
    asked.end(`the child has ended: ${complaint}`)
    return { code, signal, complaint }
  })
  const ready = await asked.ready
  if (ready.code !== undefined) throw new Error(ready.message)
  const ask = (command: Command): Promise<Answer> =>
    asked.ask(command, (line) => child.stdin.write(`${line}\n`))
  const kill = (): Promise<void> => ended(child, 'SIGKILL')
  return {
    pid: child.pid ?? 0,
    ask,
    async begin(command) {
      const answer = ask(command)
      await asked.beforeEnd()
      return { answer }
    },
    signal: (name) => void child.kill(name),
    kill,
    end,
    [Symbol.asyncDispose]: kill,
  }
}

/** So many children that carry out commands. */
export function startServants(count: number): Promise<Servant[]> {
  return Promise.all(Array.from({ length: count }, () => startServant()))
}

/** Ends a child and waits until it is gone. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** Waits until it is so, by looking often. The test's time limit is the bound. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(2)
}

/** Waits until so many are seen to wait for the lock. */
export async function untilWaiting(path: string, count: number): Promise<void> {
  await until(async () => (await inspectLock(path)).waiters.length >= count)
}

/** Runs a program to its end. @throws what it said on standard error. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}
