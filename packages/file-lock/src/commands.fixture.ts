/**
 * A process that does what it is told: one JSON command a line on standard input, one answer a line on standard output, which
 * bears the number of its command. Says `{"id":0}` first. Commands run side by side. Ends with its input.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { isMainThread, parentPort, threadId, Worker } from 'node:worker_threads'
import { systemClock } from '@holdfast/seams'
import type * as ProperLockfile from 'proper-lockfile'
import {
  acquireLock,
  LockFailedError,
  tryLock,
  watchLock,
  type AcquireLockOptions,
  type Lock,
  type LockFact,
  type LockOwner,
} from './index.ts'
import { enter, visit, type Stay } from './witness.fixture.ts'

/** What can be said of a lock in JSON. */
export type Wishes = Omit<AcquireLockOptions, 'clock' | 'random' | 'observe' | 'signal'>

export type Command =
  /** Takes the lock of `path` and keeps it under `name`, with `try` only if nobody has it; seen by the witness `at`. */
  | {
      readonly do: 'acquire' | 'try'
      readonly name: string
      readonly path: string
      readonly options?: Wishes
      readonly at?: string
    }
  | { readonly do: 'release' | 'look'; readonly name: string }
  /** Answers when the lock's signal is aborted; with `intervalMs`, when a watch of its own calls. */
  | { readonly do: 'await-loss'; readonly name: string; readonly intervalMs?: number }
  /** Takes the lock, is seen by the witness, and gives it back, so many times. */
  | {
      readonly do: 'visit'
      readonly at: string
      readonly path: string
      readonly options?: Wishes
      readonly times: number
    }
  /** Takes the lock and removes it by hand, so many times; answers with the fences, and without a pause in between. */
  | {
      readonly do: 'take-and-remove'
      readonly path: string
      readonly options?: Wishes
      readonly times: number
    }
  /** Says `blocked`, then keeps the thread busy until the file is there, then releases without a pause. */
  | { readonly do: 'block'; readonly until: string; readonly thenRelease: readonly string[] }
  /** Renames on a thread of its own, and says so when it begins. */
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  /** Sets the wall clock of this process, as its locks see it, so far from the machine's. */
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'end'; readonly how: 'normally' | 'process.exit' | 'an uncaught exception' }
  | { readonly do: 'raw-load' }
  | {
      readonly do: 'raw-lock'
      readonly path: string
      readonly options?: ProperLockfile.LockOptions
    }
  | { readonly do: 'raw-unlock'; readonly path: string }
  /** Registers a hook with the signal-exit that proper-lockfile uses; it makes the file. */
  | { readonly do: 'hook-exit'; readonly file: string }
  | { readonly do: 'count-listeners' }
  /** Starts a thread, has it carry out a command, ends it. */
  | { readonly do: 'start-thread' | 'end-thread'; readonly thread: string }
  | { readonly do: 'in-thread'; readonly thread: string; readonly command: Command }

export interface Answer {
  readonly fence?: number
  readonly owner?: LockOwner
  /** How long the lock was waited for, in ms. */
  readonly waitedMs?: number
  readonly fences?: readonly number[]
  readonly isValid?: boolean
  readonly isAborted?: boolean
  /** The codes with which the releases of a block ended; null for one that went well. */
  readonly releases?: readonly (string | null)[]
  readonly listeners?: Readonly<Record<string, number>>
  /** All facts so far about the lock that the command named. */
  readonly facts?: readonly LockFact[]
  readonly code?: string
  readonly message?: string
}

/** A command, and the number that its answer will bear. */
export interface Order {
  readonly id: number
  readonly command: Command
}

/** An answer with the number of its command; below 0 if there is more to come. */
export type Numbered = Answer & { readonly id: number }

interface Kept {
  readonly lock: Lock
  readonly facts: LockFact[]
  readonly stay: Stay | null
}

const kept = new Map<string, Kept>()
const threads = new Map<string, { readonly worker: Worker; readonly asked: Asked }>()
let offsetMs = 0
const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + offsetMs }

async function carryOut(command: Command, say: (answer: Answer) => void): Promise<Answer> {
  switch (command.do) {
    case 'acquire':
    case 'try':
      return await take(command)
    case 'release': {
      const { lock, facts, stay } = find(command.name)
      kept.delete(command.name)
      stay?.leave()
      const code = await codeOf(lock.release())
      return code === null ? { facts } : { code, facts }
    }
    case 'look': {
      const { lock, facts } = find(command.name)
      return { isAborted: lock.signal.aborted, isValid: lock.isValid(), facts }
    }
    case 'await-loss':
      return await loss(command.name, command.intervalMs)
    case 'visit':
      for (let count = 0; count < command.times; count += 1) {
        await visit(command.at, command.path, command.options ?? {})
      }
      return {}
    case 'take-and-remove':
      return await takeAndRemove(command.path, command.options ?? {}, command.times)
    case 'block': {
      say({})
      while (!existsSync(command.until));
      // All are called before anything else of this process can run.
      const releases = command.thenRelease.map((name) => codeOf(find(name).lock.release()))
      return { releases: await Promise.all(releases) }
    }
    case 'rename': {
      const renamed = rename(command.from, command.to)
      say({})
      await renamed
      return {}
    }
    case 'jump':
      offsetMs = command.byMs
      return {}
    case 'end':
      return end(command.how)
    case 'raw-load':
      library()
      return {}
    case 'raw-lock':
      await library().lock(command.path, { realpath: false, ...command.options })
      return {}
    case 'raw-unlock':
      await library().unlock(command.path, { realpath: false })
      return {}
    case 'hook-exit':
      signalExit()(() => writeFileSync(command.file, 'the hook ran'))
      return {}
    case 'count-listeners': {
      const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'exit'] as const
      return { listeners: Object.fromEntries(events.map((e) => [e, process.listenerCount(e)])) }
    }
    case 'start-thread':
      return await startThread(command.thread)
    case 'end-thread':
      await threads.get(command.thread)?.worker.terminate()
      return {}
    case 'in-thread':
    default: {
      const thread = threads.get(command.thread)
      if (thread === undefined) throw new Error(`there is no thread ${command.thread}`)
      return await thread.asked.ask(command.command, (order) => thread.worker.postMessage(order))
    }
  }
}

async function take(command: Command & { do: 'acquire' | 'try' }): Promise<Answer> {
  const { name, path } = command
  const facts: LockFact[] = []
  const options = { ...command.options, clock, observe: (fact: LockFact) => void facts.push(fact) }
  const lock = await (command.do === 'try' ? tryLock(path, options) : acquireLock(path, options))
  const stay = command.at === undefined ? null : enter(command.at, lock.fence)
  kept.set(name, { lock, facts, stay })
  const won = facts.find((fact) => fact.kind === 'lock.won')
  return { fence: lock.fence, owner: lock.owner, waitedMs: won?.waitedMs ?? Number.NaN, facts }
}

async function takeAndRemove(path: string, options: Wishes, times: number): Promise<Answer> {
  const fences: number[] = []
  while (fences.length < times) {
    try {
      const lock = await acquireLock(path, options)
      fences.push(lock.fence)
      // Someone may be making it anew at this moment.
      rmSync(`${path}.lock`, { recursive: true, force: true, maxRetries: 100, retryDelay: 1 })
      await codeOf(lock.release())
    } catch (error) {
      // SQLite has many words for a file that is removed under it, and they are passed on.
      if (!(error instanceof LockFailedError)) throw error
    }
  }
  return { fences }
}

async function loss(name: string, intervalMs?: number): Promise<Answer> {
  const { lock, facts } = find(name)
  if (intervalMs === undefined) {
    await new Promise((resolve) => {
      if (lock.signal.aborted) resolve(null)
      else lock.signal.addEventListener('abort', resolve, { once: true })
    })
  } else {
    await new Promise((resolve) => watchLock(lock, resolve, { intervalMs }))
  }
  const { code } = lock.signal.reason as { readonly code: string }
  return { isAborted: true, isValid: lock.isValid(), facts, message: code }
}

function end(how: (Command & { do: 'end' })['how']): Answer {
  if (how === 'process.exit') process.exit(7)
  if (how === 'normally') process.stdin.destroy()
  if (how === 'an uncaught exception') {
    clock.after(0, () => {
      throw new Error('thrown on purpose')
    })
  }
  return {}
}

function find(name: string): Kept {
  const found = kept.get(name)
  if (found === undefined) throw new Error(`no lock is called ${name}`)
  return found
}

async function codeOf(release: Promise<void>): Promise<string | null> {
  try {
    await release
    return null
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

const library = (): typeof ProperLockfile =>
  createRequire(import.meta.url)('proper-lockfile') as typeof ProperLockfile

function signalExit(): (hook: () => void) => void {
  const path = createRequire(import.meta.url).resolve('proper-lockfile')
  return createRequire(path)('signal-exit') as (hook: () => void) => void
}

async function startThread(thread: string): Promise<Answer> {
  const worker = new Worker(import.meta.filename)
  const asked = new Asked()
  threads.set(thread, { worker, asked })
  worker.on('message', (answer: Numbered) => asked.hear(answer))
  worker.on('exit', () => asked.end('the thread has ended'))
  worker.unref()
  await asked.ready
  return {}
}

/** The asking side of the exchange: matches answers with what was asked. */
export class Asked {
  readonly ready: Promise<Answer>
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #last = 0
  #end: string | null = null

  constructor() {
    this.ready = new Promise((resolve) => this.#waiting.set(0, resolve))
  }

  /** An end before the answer is an answer too: `CHILD_ENDED`. */
  ask(command: Command, send: (order: Order) => void): Promise<Answer> {
    this.#last += 1
    const id = this.#last
    if (this.#end !== null) return Promise.resolve({ code: 'CHILD_ENDED', message: this.#end })
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    send({ id, command })
    return answer
  }

  hear({ id, ...answer }: Numbered): void {
    this.#waiting.get(id)?.(answer)
    this.#waiting.delete(id)
  }

  /** The answer to whatever was last asked, given before its end, such as that a block has begun. */
  beforeEnd(): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.set(-this.#last, resolve))
  }

  end(message: string): void {
    this.#end ??= message
    for (const resolve of this.#waiting.values()) resolve({ code: 'CHILD_ENDED', message })
    this.#waiting.clear()
  }
}

function serve(
  orders: (take: (order: Order) => void) => void,
  send: (answer: Numbered) => void,
): void {
  const outside = AsyncLocalStorage.snapshot() // Commands are not nested in one another.
  const say = (id: number, answer: Answer): void => send({ id, ...answer })
  orders(({ id, command }) => {
    outside(() => carryOut(command, (answer) => say(-id, answer))).then(
      (answer) => say(id, answer),
      (error: Error & { readonly code?: string }) =>
        say(id, { code: error.code ?? error.name, message: error.message, ...ownerOf(error) }),
    )
  })
  send({ id: 0 })
}

function ownerOf(error: unknown): { readonly owner?: LockOwner } {
  const { owner } = error as { readonly owner?: LockOwner | null }
  return owner === null || owner === undefined ? {} : { owner }
}

// Imported for what it exports, it does nothing.
if (
  !isMainThread &&
  parentPort !== null &&
  threadId > 0 &&
  process.argv[1] === import.meta.filename
) {
  const port = parentPort
  serve(
    (take) => port.on('message', take),
    (answer) => port.postMessage(answer),
  )
} else if (isMainThread && process.argv[1] === import.meta.filename) {
  serve(
    (take) => {
      const lines = createInterface({ input: process.stdin })
      lines.on('line', (line) => take(JSON.parse(line) as Order))
    },
    (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
  )
}
