import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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
  ask(command: Command): Promise<Answer>
  /** Sends a command without waiting for its answer. */
  tell(command: Command): void
  /** The next line it says; null once it has said its last. */
  hear(): Promise<Answer | null>
  /** SIGKILL, and waits until it is gone. What it said before can still be heard. */
  kill(): Promise<void>
}

/** Starts a child that carries out commands. */
export async function startServant(): Promise<Servant> {
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {}) // It was killed on purpose while we spoke to it.
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const hear = async (): Promise<Answer | null> => {
    const next = await lines.next()
    return next.done === true ? null : (JSON.parse(next.value) as Answer)
  }
  const tell = (command: Command): void => void child.stdin.write(`${JSON.stringify(command)}\n`)
  const kill = (): Promise<void> => ended(child)
  await hear()
  return {
    hear,
    tell,
    async ask(command) {
      tell(command)
      const answer = await hear()
      if (answer === null) throw new Error(`the child ended before it answered ${command.do}`)
      return answer
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Runs a program to its end. @throws what it said on standard error. */
export function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}
