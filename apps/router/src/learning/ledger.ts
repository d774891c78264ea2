import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
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
  readonly context: readonly number[]
  readonly shadow: { readonly argmax: string }
  readonly live: { readonly route: string; readonly pilot: number } | null
  /** Whether the caller named the route, so that nobody chose it. */
  readonly named: boolean
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
  readonly reward: number
  /** The learner's count of updates after this one. */
  readonly update: number
}

export interface Ledger {
  /** The `update` of the last reward line that was there when the ledger was opened; 0 without one. */
  readonly lastUpdate: number
  /**
   * Appends a reward. Resolves when the operating system has it and every line before it, so they outlive
   * this process. Never rejects: trouble is told as `router.ledger-failed`, and requests go on.
   */
  append(line: RewardLine): Promise<void>
  /** Takes a decision, to be written within `LINGER_MS`: nobody waits for it, and one write carries many. */
  note(line: DecisionLine): void
  close(): Promise<void>
}

/** The longest a decision waits to be written, in ms. A kill -9 loses at most the lines of that time. */
export const LINGER_MS = 5

const PART_BYTES = 1024 * 1024
// 8 MiB of lines waiting means a disk that takes nothing: more would only eat memory.
const MOST_WAITING_CHARACTERS = 8 * 1024 * 1024

/**
 * Opens the ledger for appending. A last line that was torn by a crash is cut off and told. If the file
 * cannot be opened, requests go on without it, and each write tries again.
 */
export async function openLedger(
  path: string,
  clock: Clock,
  observe: Observe<RouterFact>,
): Promise<Ledger> {
  const opened = async (): Promise<Opened> => {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a+')
    const { lastUpdate, cutBytes } = await mendTail(file)
    if (cutBytes > 0) observe({ kind: 'router.ledger-cut', path, bytes: cutBytes })
    return { file, lastUpdate }
  }
  const failed = (error: unknown): void => observe({ kind: 'router.ledger-failed', path, error })
  let ledger: Opened | null = null
  try {
    ledger = await opened()
  } catch (error) {
    failed(error)
  }

  let waiting = ''
  let isTorn = false
  let batch: Promise<void> | null = null
  let linger: Timer | null = null

  // While one batch is being written the next gathers: one system call then carries many lines.
  const writeWaiting = async (): Promise<void> => {
    // After a write that failed half way, a line feed keeps the torn line from swallowing the next.
    const text = isTorn ? `\n${waiting}` : waiting
    waiting = ''
    batch = null
    try {
      ledger ??= await opened()
      await ledger.file.appendFile(text)
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
    lastUpdate: ledger?.lastUpdate ?? 0,
    append(line) {
      add(line)
      return flush()
    },
    note(line) {
      add(line)
      linger ??= clock.after(LINGER_MS, () => void flush())
    },
    async close() {
      await flush()
      await ledger?.file.close()
    },
  }
}

interface Opened {
  readonly file: FileHandle
  readonly lastUpdate: number
}

/** Cuts a torn last line and finds the last reward, reading the file backwards in parts. */
async function mendTail(file: FileHandle): Promise<{ lastUpdate: number; cutBytes: number }> {
  const { size } = await file.stat()
  let end = size
  let cutBytes = 0
  // The beginning of a line whose end is in a part read before.
  let lineEnd: Buffer = Buffer.alloc(0)
  while (end > 0) {
    const start = Math.max(0, end - PART_BYTES)
    const part = Buffer.alloc(end - start)
    await file.read(part, 0, part.length, start)
    if (end === size) cutBytes = part.length - (part.lastIndexOf(10) + 1)
    const text = Buffer.concat([
      end === size ? part.subarray(0, part.length - cutBytes) : part,
      lineEnd,
    ])
    const firstLine = start === 0 ? 0 : text.indexOf(10) + 1
    const found = lastUpdateIn(text.subarray(firstLine).toString('utf8'))
    lineEnd = text.subarray(0, firstLine)
    end = start
    if (found === null && start > 0) continue
    if (cutBytes > 0) await file.truncate(size - cutBytes)
    return { lastUpdate: found ?? 0, cutBytes }
  }
  return { lastUpdate: 0, cutBytes: 0 }
}

/** Lines that are not whole, at the end or damaged, are passed over. */
function lastUpdateIn(text: string): number | null {
  for (const line of text.split('\n').toReversed()) {
    if (!line.includes('"kind":"reward"')) continue
    const update = updateOf(line)
    if (update !== null) return update
  }
  return null
}

function updateOf(line: string): number | null {
  try {
    const { update } = JSON.parse(line) as { update?: unknown }
    return typeof update === 'number' && Number.isSafeInteger(update) ? update : null
  } catch (error) {
    // A damaged line in the middle says nothing about the state; the one before it may.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
