import { open, type FileHandle } from 'node:fs/promises'
import type { DecisionLine, RewardLine } from './ledger.ts'

/** What the ledger says of one decision. */
export interface Told {
  /** Null when the ledger does not know it: it is not answered yet, or its line was lost with a killed process. */
  readonly decision: DecisionLine | null
  /** In the order of the ledger. */
  readonly rewards: readonly RewardLine[]
}

const PART_BYTES = 1024 * 1024
/** Lines of one decision may lie in any order that is off by this, in ms: a line lingers, processes write at once. */
const SLACK_MS = 60_000

/**
 * Looks for a decision in the ledger, from its end backwards as far as lines of its time reach.
 * @param madeAtMs when the decision was made, in ms since 1970. No line of it is older.
 */
export async function findInLedger(path: string, id: string, madeAtMs: number): Promise<Told> {
  const file = await openedOrNull(path)
  if (file === null) return { decision: null, rewards: [] }
  try {
    let decision: DecisionLine | null = null
    const rewards: RewardLine[] = []
    for await (const lines of partsFromTheEnd(file)) {
      const found = lines.filter((text) => text.includes(id)).map(parsed)
      const ofIt = found.filter((line) => line !== null && line.id === id)
      rewards.unshift(...ofIt.filter((line) => line?.kind === 'reward'))
      decision = ofIt.find((line) => line?.kind === 'decision') ?? decision
      // A replay makes its decisions at times of its own, so what the line says of it is better.
      const sinceMs: number = decision === null ? madeAtMs : Date.parse(decision.t)
      if (isBefore(lines, sinceMs - SLACK_MS)) break
    }
    return { decision, rewards }
  } finally {
    await file.close()
  }
}

/** The lines of a file, the last part first; in each part in their order. */
async function* partsFromTheEnd(file: FileHandle): AsyncGenerator<string[]> {
  let { size: end } = await file.stat()
  // The beginning of a line whose end was in the part read before.
  let lineEnd: Buffer = Buffer.alloc(0)
  while (end > 0) {
    const start = Math.max(0, end - PART_BYTES)
    const part = Buffer.alloc(end - start)
    const { bytesRead } = await file.read(part, 0, part.length, start)
    const bytes = Buffer.concat([part.subarray(0, bytesRead), lineEnd])
    const from = start === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1
    lineEnd = bytes.subarray(0, from)
    end = start
    yield bytes.subarray(from).toString('utf8').split('\n')
  }
}

const LINE_FEED = 10

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

async function openedOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
