/**
 * A process that records what it is told to: one JSON command a line on standard input, one answer a line on standard output.
 * Says `{"ready":true}` first. Ends with its input.
 */
import { createInterface } from 'node:readline'
import { appendToFailureLog } from './failure-log.ts'
import type { RunResult } from './progress.ts'
import { openRunTracker } from './tracker.ts'

/** `first`, `first + step` and so on; every tenth of them fails. */
export type Command =
  /** Records so many, one by one or so many at once. */
  | {
      readonly do: 'record'
      readonly path: string
      readonly failureLog?: string
      readonly first: number
      readonly step: number
      readonly count: number
      readonly lanes: number
    }
  /** Adds runs to a failure log. */
  | { readonly do: 'append'; readonly path: string; readonly runs: readonly number[] }
  /** Records pairs, one done and one failed, until killed, and says the first of each once it is recorded. */
  | { readonly do: 'pairs-for-ever'; readonly path: string; readonly first: number }

export interface Answer {
  readonly done?: unknown
  readonly code?: string
  readonly message?: string
}

export const outcomeOf = (index: number): 'done' | 'failed' =>
  index % 10 === 9 ? 'failed' : 'done'

async function carryOut(command: Command): Promise<unknown> {
  if (command.do === 'append') return await appendToFailureLog(command.path, command.runs)
  return command.do === 'record' ? await record(command) : await pairsForEver(command)
}

async function record(command: Command & { do: 'record' }): Promise<number> {
  const { path, failureLog, first, step, count, lanes } = command
  await using tracker = await openRunTracker(path, {
    waitMs: 60_000,
    ...(failureLog !== undefined && { failureLog }),
  })
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await tracker.record({ run: first + step * index, outcome: outcomeOf(index) })
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return next
}

async function pairsForEver({ path, first }: Command & { do: 'pairs-for-ever' }): Promise<never> {
  const tracker = await openRunTracker(path, { waitMs: 60_000 })
  for (let run = first; ; run += 2) {
    const pair: RunResult[] = [
      { run, outcome: 'done' },
      { run: run + 1, outcome: 'failed' },
    ]
    await tracker.recordAll(pair)
    answer({ done: run })
  }
}

function answer(line: Answer | { readonly ready: true }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function serve(): Promise<void> {
  answer({ ready: true })
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      answer({ done: await carryOut(JSON.parse(line) as Command) })
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      answer({ code, message })
    }
  }
}

// Imported for its types only, it does nothing.
if (process.argv[1] === import.meta.filename) await serve()
