import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Has strace watch a process with all its threads, or fail its calls, from now until disposed. */
export async function trace(pid: number, ...args: readonly string[]): Promise<AsyncDisposable> {
  const strace = spawn('strace', ['-f', '-p', String(pid), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(strace, 'exit')
  const said: string[] = []
  for await (const line of createInterface({ input: strace.stderr })) {
    said.push(line)
    if (line.includes('attached')) break
  }
  if (strace.exitCode !== null || said.length === 0) throw new Error(said.join('\n'))
  return {
    async [Symbol.asyncDispose]() {
      strace.kill('SIGINT')
      await ended
    },
  }
}

/** The calls in what strace has written down: a line for each, as it began, in the order they ended. */
export function callsIn(log: string): string[] {
  const begun = new Map<string, string>()
  return log.split('\n').flatMap((line) => {
    const [thread = ''] = line.split(' ')
    if (line.includes('<unfinished ...>')) {
      begun.set(thread, line)
      return []
    }
    return [line.includes(' resumed>') ? (begun.get(thread) ?? '') : line]
  })
}
