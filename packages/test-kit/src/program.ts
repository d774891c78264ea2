import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it said on standard error. */
  readonly complaint: string
}

/** A program that a test has started. It says lines of JSON, and is told lines of JSON. */
export interface Program<Told, Said> extends AsyncDisposable {
  /** Of what was started, which is the wrapper if there is one that stays. */
  readonly pid: number
  /** Every whole line so far, heard or not; once it has ended, all that it ever said. */
  readonly said: readonly Said[]
  /** The next line. @throws {Error} with what it complained of, if it ends without one. */
  hear(): Promise<Said>
  /** Tells it a line without waiting for an answer. */
  tell(line: Told): void
  /** Tells it a line, and hears the next. */
  ask(line: Told): Promise<Said>
  signal(name: NodeJS.Signals): void
  /** Ends its input, and waits until it is gone. */
  end(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  readonly ended: Promise<End>
}

export interface StartOptions {
  readonly args?: readonly string[]
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>
  /** A program that starts the other and what it is given for that, such as `setpriv --reuid=65534`. */
  readonly wrapper?: readonly string[]
}

/** Starts a script with Node.js. Disposing of it kills it. */
export function startProgram<Told, Said>(
  script: string,
  { args = [], env = {}, wrapper = [] }: StartOptions = {},
): Program<Told, Said> {
  const [command = '', ...rest] = [...wrapper, process.execPath, script, ...args]
  const child = spawn(command, rest, { stdio: 'pipe', env: { ...process.env, ...env } })
  child.stdin.on('error', () => {}) // It was killed on purpose while we spoke to it.
  const said: Said[] = []
  let begun = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (begun + text).split('\n')
    begun = lines.pop() ?? ''
    said.push(...lines.map((line) => JSON.parse(line) as Said))
  })
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += String(text)))
  const ended = once(child, 'close').then(([code, signal]): End => ({ code, signal, complaint }))

  let heard = 0
  const hear = async (): Promise<Said> => {
    const index = heard
    heard += 1
    while (index >= said.length && !child.stdout.closed) {
      await Promise.race([once(child.stdout, 'data'), ended])
    }
    if (index >= said.length) throw new Error(`the child has ended: ${(await ended).complaint}`)
    return said[index] as Said
  }
  const tell = (line: Told): void => void child.stdin.write(`${JSON.stringify(line)}\n`)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return {
    pid: child.pid ?? 0,
    said,
    hear,
    tell,
    ask(line) {
      tell(line)
      return hear()
    },
    signal: (name) => void child.kill(name),
    async end() {
      child.stdin.end()
      await ended
    },
    kill,
    ended,
    [Symbol.asyncDispose]: kill,
  }
}

/** Starts a script that says a line when it is ready to carry out commands, and waits for that line. */
export async function startServant<Command, Answer>(
  script: string,
  options?: StartOptions,
): Promise<Program<Command, Answer>> {
  const servant = startProgram<Command, Answer>(script, options)
  await servant.hear()
  return servant
}
