import { createLinUCB, type Decision, type LinUCB, type LinUCBOptions } from '@holdfast/linucb'
import type { Clock, Observe } from '@holdfast/seams'
import type { RouterFact } from '../tell/facts.ts'
import type { StateFile } from './state-file.ts'

export interface LearnerOptions {
  readonly bandit: LinUCBOptions & { readonly guardrail: string }
  /** Upper bounds of an arm's probability, 0 to 1. */
  readonly caps: Readonly<Record<string, number>>
  /** Updates between two saves. Integer ≥ 1. */
  readonly saveInterval: number
  readonly file: StateFile
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
}

/** What the router has learned, and its file. */
export interface Learner {
  /** False after the state file was found broken: the guardrail answers until the next start. */
  readonly isTrusted: boolean
  /** Rewards taken in, those of earlier processes included. */
  readonly updates: number
  /** Never throws: when the policy cannot decide, the guardrail answers, and a fact says why. */
  decide(id: string, context: Float64Array): Decision
  /** Takes in one reward and answers the count of updates. Saving follows by itself. */
  learn(arm: string, context: Float64Array, reward: number): number
  diagnostics(): ReturnType<LinUCB['diagnostics']>
  /** Saves what is not saved yet. Resolves also when that fails; a fact says so. */
  save(): Promise<void>
}

/** @param acknowledged the count of updates that the ledger knows of. */
export async function openLearner(options: LearnerOptions, acknowledged: number): Promise<Learner> {
  const { caps, saveInterval, file, clock, observe } = options
  const { guardrail } = options.bandit
  const loaded = await file.load(options.bandit, acknowledged)
  const bandit = loaded.kind === 'loaded' ? loaded.bandit : createLinUCB(options.bandit)
  let updates = loaded.kind === 'loaded' ? loaded.updates : 0
  let savedUpdates = updates
  let triedUpdates = updates
  let saving: Promise<void> | null = null

  const write = async (): Promise<void> => {
    // Whatever is learned while one save runs is in the next: at most one write at a time.
    do {
      triedUpdates = updates
      const count = updates
      if (!(await file.save({ bandit, updates: count }))) return
      savedUpdates = count
      observe({ kind: 'router.state-saved', updates: count, atMs: clock.wallMs() })
    } while (updates - savedUpdates >= saveInterval)
  }
  const save = (): Promise<void> => {
    saving ??= write().finally(() => {
      saving = null
    })
    return saving
  }

  return {
    isTrusted: loaded.kind !== 'broken',
    get updates() {
      return updates
    },
    decide(id, context) {
      try {
        return bandit.decide(context, { id, caps })
      } catch (error) {
        // A bug in the learning must not cost an answer: the guardrail stands in, and we hear of it.
        observe({ kind: 'router.decision-failed', id, error })
        return { arm: guardrail, p: 1, probabilities: { [guardrail]: 1 }, scores: {}, bounds: {} }
      }
    },
    learn(arm, context, reward) {
      bandit.learn(arm, context, reward)
      updates += 1
      // After a save that failed, the next waits for as many updates again.
      if (updates - triedUpdates >= saveInterval) void save()
      return updates
    },
    diagnostics: () => bandit.diagnostics(),
    async save() {
      await saving
      if (savedUpdates < updates) await save()
    },
  }
}
