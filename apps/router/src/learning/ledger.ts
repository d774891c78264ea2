import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Part } from '@holdfast/bandit-store'
import type { Clock, Observe, Timer } from '@holdfast/seams'
import type { RouterFact } from '../tell/facts.ts'

/** One line per decision: enough to judge any other policy by what happened under this one. */
export interface DecisionLine {
  readonly v: 1
  readonly kind: 'decision'
  readonly id: string
  /** ISO 8601, UTC. */
  readonly t: string
  readonly route: string
  /** Probability of `route` under stage, policy, exploration and caps together. */
  readonly p: number
  readonly probabilities: Readonly<Record<string, number>>
  /** What each route was expected to bring, its bound included, and that bound alone. */
  readonly scores: Readonly<Record<string, number>>
  readonly bounds: Readonly<Record<string, number>>
  /** The most probability a route could get, where it was limited. */
  readonly caps: Readonly<Record<string, number>>
  /** Routes that could not be chosen, and why something was restricted. Absent in lines of earlier versions. */
  readonly masked?: readonly string[]
  readonly reasons?: readonly string[]
  readonly context: readonly number[]
  readonly shadow: { readonly argmax: string }
  readonly live: { readonly route: string; readonly pilot: number } | null
  /** Whether the caller named the route, so that nobody chose it. */
  readonly named: boolean
  /** Who chose the route, or what made the guardrail answer. */
  readonly why: string
  /** 1 for the route that was chosen; above it for one that stood in. Absent in lines of earlier versions. */
  readonly attempt?: number
  /** The decision that it stood in for. */
  readonly after?: string | null
  readonly model: string
  readonly status: number
  readonly tokens: { readonly input: number; readonly output: number }
  readonly costUsd: number
  readonly latencyMs: number
}

/** One line per reward that was learned. */
export interface RewardLine {
  readonly v: 1
  readonly kind: 'reward'
  readonly id: string
  readonly t: string
  readonly route: string
  readonly part: Part
  readonly reward: number
  /** How many decisions all processes had learned from by then, as far as this one knew. */
  readonly update: number
}

/** Any number of processes append to one ledger at once: whole lines, each batch in one write at the end. */
export interface Ledger {
  /**
   * Appends a reward. Resolves when the operating system has it and every line before it, so they outlive
   * this process. Never rejects: trouble is told as `router.ledger-failed`, and requests go on.
   */
  append(line: RewardLine): Promise<void>
  /** Takes a decision, to be written within `LINGER_MS`: nobody waits for it, and one write carries many. */
  note(line: DecisionLine): void
  /** Writes what lingers. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** The longest a decision waits to be written, in ms. A kill -9 loses at most the lines of that time. */
export const LINGER_MS = 5

// 8 MiB of lines waiting means a disk that takes nothing: more would only eat memory.
const MOST_WAITING_CHARACTERS = 8 * 1024 * 1024

/**
 * Opens the ledger for appending. A last line that was torn by a crash is ended and told. If the file
 * cannot be opened, requests go on without it, and each write tries again.
 */
export async function openLedger(
  path: string,
  clock: Clock,
  observe: Observe<RouterFact>,
): Promise<Ledger> {
  const opened = async (): Promise<FileHandle> => {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a+')
    if (await isTornOff(file)) {
      isTorn = true
      observe({ kind: 'router.ledger-torn', path })
    }
    return file
  }
  const failed = (error: unknown): void => observe({ kind: 'router.ledger-failed', path, error })
  let isTorn = false
  let ledger: FileHandle | null = null
  try {
    ledger = await opened()
  } catch (error) {
    failed(error)
  }

  let waiting = ''
  let batch: Promise<void> | null = null
  let linger: Timer | null = null

  // While one batch is being written the next gathers: one system call then carries many lines.
  const writeWaiting = async (): Promise<void> => {
    const lines = waiting
    waiting = ''
    batch = null
    try {
      ledger ??= await opened()
      // After a write that failed half way, a line feed keeps the torn line from swallowing the next.
      await ledger.appendFile(isTorn ? `\n${lines}` : lines)
      isTorn = false
    } catch (error) {
      isTorn = ledger !== null
      failed(error)
    }
  }
  let last: Promise<void> = Promise.resolve()
  const flush = (): Promise<void> => {
    linger?.cancel()
    linger = null
    batch ??= last = last.then(writeWaiting)
    return batch
  }
  const add = (line: DecisionLine | RewardLine): void => {
    const text = `${JSON.stringify(line)}\n`
    if (waiting.length + text.length <= MOST_WAITING_CHARACTERS) waiting += text
    else failed(new Error('the disk takes no lines'))
  }

  return {
    append(line) {
      add(line)
      return flush()
    },
    note(line) {
      add(line)
      linger ??= clock.after(LINGER_MS, () => void flush())
    },
    flush,
    async close() {
      await flush()
      await ledger?.close()
    },
  }
}

/** Whether the last line has no end. Nothing is cut: another process may be appending right now. */
async function isTornOff(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return false
  const last = Buffer.alloc(1)
  await file.read(last, 0, 1, size - 1)
  return last[0] !== LINE_FEED
}

const LINE_FEED = 10
