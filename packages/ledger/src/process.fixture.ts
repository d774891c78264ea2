import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

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

/** A child that carries out one command and says lines. */
export interface Child extends AsyncDisposable {
  /** Whole lines that it has said so far. */
  readonly said: string[]
  signal(signal: NodeJS.Signals): void
  /** Resolves when it has ended. @throws what it said on standard error, if that is not how it should end. */
  ended(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts `commands.fixture.ts` with a command. @param flags of node. */
export function start(command: readonly string[], flags: readonly string[] = []): Child {
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const child = spawn(process.execPath, [...flags, script, ...command], { stdio: 'pipe' })
  const said: string[] = []
  let complaint = ''
  let begun = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (begun + text).split('\n')
    begun = lines.pop() ?? ''
    said.push(...lines)
  })
  child.stderr.on('data', (text) => (complaint += String(text)))
  const closed = once(child, 'close')
  const kill = async (): Promise<void> => {
    if (isAlive(child)) child.kill('SIGKILL')
    await closed
  }
  return {
    said,
    signal: (signal) => void child.kill(signal),
    async ended() {
      const [code] = (await closed) as [number | null]
      if (code !== 0) throw new Error(`${command.join(' ')}: ${complaint}`)
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null

/** Runs a program to its end. @throws what it said on standard error. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout
}
