import { join } from 'node:path'
import type { Part } from '@holdfast/bandit-store'
import {
  findInLedger,
  findInSeedLedger,
  openLedger,
  type FoundDecision,
  type Rewards,
} from '@holdfast/ledger'
import { systemRandom, type Clock, type Observe } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import type { RouterFact } from '../tell/facts.ts'

/** Folder of the data directory that holds the ledger. */
export const LEDGER = 'ledger'
/** The file that versions before the folder wrote. It is read, and never written. */
export const OLD_LEDGER = 'anr_ledger.ndjson'

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
  /** What scored highest; null when the policy failed. */
  readonly shadow: { readonly argmax: string | null }
  readonly live: { readonly route: string; readonly pilot: number } | null
  /** Share of subjects that the policy answered for at that moment, 0 to 1. Absent in lines of earlier versions. */
  readonly pilot?: number
  /** Who asked, as `subjectOf` has it; null when nobody said. Absent in lines of earlier versions. */
  readonly subject?: string | null
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
  /** 0 to 1; null when something else was told. Absent in lines of earlier versions. */
  readonly quality?: number | null
  /** What came of the decision, in the seed's measures. Absent in lines of earlier versions. */
  readonly rewards?: Rewards
}

/** A decision with its rewards, as the ledger has them. */
export type WrittenDecision = FoundDecision<
  Omit<DecisionLine, 'v' | 'kind' | 'id' | 't'>,
  Omit<RewardLine, 'v' | 'kind' | 'id' | 't'>
>

/** What this process writes down, beside others. Its trouble is told as facts, and never costs an answer. */
export interface RouterLedger {
  /** False: nothing is written, and nothing is found. */
  readonly isOn: boolean
  /** Resolves when the reward, and every line before it, is on disk, or is lost. Never rejects. */
  append(line: RewardLine): Promise<void>
  /** Takes a decision that nobody waits for: one write carries many. Never throws. */
  note(line: DecisionLine): void
  /**
   * Looks for a decision that any process wrote, this one up to now.
   * @param madeAtMs when it was made, in ms since 1970, or earlier.
   * @throws {LedgerReadError} if the ledger cannot be read.
   */
  find(id: string, madeAtMs: number): Promise<WrittenDecision | null>
  close(): Promise<void>
}

/** The longest a decision waits to be written, in ms. A kill -9 loses at most the lines of that time. */
export const LINGER_MS = 25

const WEEK_MS = 7 * 86_400_000

/** Opens the ledger of a data directory. Nothing is touched before the first line. */
export function openRouterLedger(
  config: Pick<Config, 'dataDir' | 'ledgerDirectory' | 'ledger' | 'learning'>,
  { clock, observe }: { readonly clock: Clock; readonly observe: Observe<RouterFact> },
): RouterLedger {
  if (!config.ledger.enabled) return OFF
  const { dataDir, ledgerDirectory: directory, learning } = config
  // Chance that repeats, as in a replay, would give a later run the names of an earlier one's files.
  const ledger = openLedger(directory, {
    lingerMs: LINGER_MS,
    clock,
    random: systemRandom,
    observe,
  })
  const told = (error: unknown): void => {
    // What could not be written the ledger has told itself.
    if ((error as { code?: unknown }).code === 'LEDGER_WRITE') return
    observe({ kind: 'ledger.write-failed', directory, lines: 1, error })
  }
  return {
    isOn: true,
    append: (line) => ledger.append(line).catch(told),
    note(line) {
      try {
        ledger.note(line)
      } catch (error) {
        told(error)
      }
    },
    async find(id, fromMs) {
      await ledger.flush().catch(told)
      const options = { fromMs, outcomesWithinMs: Math.max(WEEK_MS, learning.feedbackMs) }
      const found = await findInLedger(directory, id, options)
      const written = found ?? (await findInSeedLedger(join(dataDir, OLD_LEDGER), id, options))
      // Nobody but routers writes here.
      return written as WrittenDecision | null
    },
    close: () => ledger.close().catch(told),
  }
}

const OFF: RouterLedger = {
  isOn: false,
  append: () => Promise.resolve(),
  note: () => {},
  find: () => Promise.resolve(null),
  close: () => Promise.resolve(),
}
