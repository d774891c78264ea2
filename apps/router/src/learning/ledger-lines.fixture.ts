import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LEDGER, type DecisionLine, type RewardLine } from './ledger.ts'

/** The segments of a data directory's ledger that are not archived. */
export function segmentPaths(dataDir: string): string[] {
  const directory = join(dataDir, LEDGER)
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).filter((name) => name.endsWith('.ndjson'))
  return names.toSorted().map((name) => join(directory, name))
}

/** What every process of a router wrote, in the order of its time: whole lines only. */
export function ledgerLines(dataDir: string): (DecisionLine | RewardLine)[] {
  const lines = segmentPaths(dataDir).flatMap((path) =>
    readFileSync(path, 'utf8').split('\n').slice(0, -1),
  )
  return lines
    .map((line) => JSON.parse(line) as DecisionLine | RewardLine)
    .toSorted((a, b) => Date.parse(a.t) - Date.parse(b.t))
}

export const ledgerDecisions = (dataDir: string): DecisionLine[] =>
  ledgerLines(dataDir).filter((line) => line.kind === 'decision')

export const ledgerRewards = (dataDir: string): RewardLine[] =>
  ledgerLines(dataDir).filter((line) => line.kind === 'reward')
