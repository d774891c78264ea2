import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Why a test cannot mount a file system here, to be shown in its name; empty when it can. In CI a missing program is no reason. */
export function lackingMount(): string {
  if (process.platform !== 'linux') return ' (skipped: needs Linux)'
  if (process.getuid?.() !== 0) return ' (skipped: needs root)'
  if (process.env['CI'] === 'true') return ''
  const missing = ['mount', 'umount'].filter((name) => spawnSync('which', [name]).status !== 0)
  return missing.length === 0 ? '' : ` (skipped: needs ${missing.join(', ')})`
}

/** Runs a program to its end. @throws what it said on standard error. */
export function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

/** Writes to a file until nothing more fits on its disk. */
export function fill(path: string): void {
  for (let sizeBytes = 65_536; sizeBytes >= 1; sizeBytes = Math.floor(sizeBytes / 2)) {
    for (;;) {
      try {
        writeFileSync(path, 'x'.repeat(sizeBytes), { flag: 'a' })
      } catch {
        break // It is full for as much.
      }
    }
  }
}

/** What a child says. */
export interface Line {
  readonly ready?: true
  readonly worker?: string
  readonly pilot?: number
  readonly because?: string
  readonly writer?: string
}

/** A child that speaks one JSON line at a time. */
export interface Child extends AsyncDisposable {
  /** The next line that it says. */
  hear(): Promise<Line>
  signal(name: NodeJS.Signals): void
  /** Ends its input, and waits until it is gone. */
  end(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts a program of this folder. */
export function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async (): Promise<void> => {
    child.kill('SIGCONT')
    await gone(child, () => child.kill('SIGKILL'))
  }
  return {
    async hear() {
      const next = await lines.next()
      if (next.done === true) throw new Error(`${program} has ended`)
      return JSON.parse(next.value) as Line
    },
    signal: (name) => void child.kill(name),
    end: () => gone(child, () => void child.stdin.end()),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

async function gone(child: ChildProcess, how: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  how()
  await exit
}
