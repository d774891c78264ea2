import { open } from 'node:fs/promises'
import type { DecisionLine, RewardLine } from './ledger.ts'

/** What the ledger says of one decision. */
export interface Told {
  /** Null when the ledger does not know it: it is not answered yet, or its line was lost with a killed process. */
  readonly decision: DecisionLine | null
  readonly rewards: readonly RewardLine[]
}

const PART_BYTES = 1024 * 1024
/** A line lingers some ms, and clocks of processes agree: far more than the two together, in ms. */
const SLACK_MS = 60_000

/**
 * Looks for a decision in the ledger, from its end backwards as far as lines of its time reach.
 * @param madeAtMs when the decision was made, in ms since 1970. No line of it is older.
 */
export async function findInLedger(path: string, id: string, madeAtMs: number): Promise<Told> {
  const file = await open(path, 'r')
  try {
    let decision: DecisionLine | null = null
    const rewards: RewardLine[] = []
    let { size: end } = await file.stat()
    // The beginning of a line whose end was in the part read before.
    let lineEnd: Buffer = Buffer.alloc(0)
    while (end > 0) {
      const start = Math.max(0, end - PART_BYTES)
      const part = Buffer.alloc(end - start)
      await file.read(part, 0, part.length, start)
      const bytes = Buffer.concat([part, lineEnd])
      const from = start === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1
      lineEnd = bytes.subarray(0, from)
      end = start
      const lines = bytes.subarray(from).toString('utf8').split('\n')
      for (const line of linesOf(lines, id)) {
        if (line.kind === 'reward') rewards.push(line)
        else decision = line
      }
      if (decision !== null || isBefore(lines, madeAtMs - SLACK_MS)) break
    }
    return { decision, rewards }
  } finally {
    await file.close()
  }
}

const LINE_FEED = 10

function linesOf(lines: readonly string[], id: string): (DecisionLine | RewardLine)[] {
  return lines
    .filter((line) => line.includes(id))
    .map(parsed)
    .filter((line) => line?.id === id)
    .filter((line) => line !== null)
}

/** Whether the first whole line is of an earlier time. */
function isBefore(lines: readonly string[], atMs: number): boolean {
  for (const text of lines) {
    const line = parsed(text)
    if (line !== null) return Date.parse(line.t) < atMs
  }
  return false
}

/** Null for a line that was torn. */
function parsed(text: string): DecisionLine | RewardLine | null {
  try {
    return JSON.parse(text) as DecisionLine | RewardLine
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
