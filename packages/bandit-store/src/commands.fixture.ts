/**
 * A process that does what it is told: one JSON command a line on standard input, one answer a line on
 * standard output. Says `{"ready":true}` first. Ends with its input.
 */
import { createInterface } from 'node:readline'
import type { BanditStore, Recalled } from './bandit-store.ts'
import type { BanditStoreFact } from './facts.ts'
import type { CompactionStep } from './file/compaction.ts'
import { openFileStore } from './file/file-store.ts'
import { bitsOf, DIM, learnedOf, lessonOf, type Told } from './lesson.fixture.ts'
import type { FileStoreOptions } from './options.ts'
import { startWorkload, type Workload } from './workload.fixture.ts'

export type Command =
  | {
      readonly do: 'open'
      readonly directory: string
      readonly options?: Omit<FileStoreOptions, 'dim'>
      /** What the process does at a step of a compaction, the first time: to itself, or to its store. */
      readonly at?: {
        readonly step: CompactionStep
        readonly signal?: 'SIGKILL' | 'SIGSTOP'
        readonly told?: readonly Told[]
      }
    }
  /** Tells lessons, all at once, and says what came of each. */
  | { readonly do: 'teach'; readonly told: readonly Told[] }
  /** Tells lessons until it is told to stop, see `workload.fixture.ts`. */
  | {
      readonly do: 'teach-for-ever'
      readonly at: string
      readonly name: string
      readonly of: string
    }
  | { readonly do: 'stop' }
  | { readonly do: 'remember'; readonly id: string }
  | { readonly do: 'recall'; readonly id: string }
  | { readonly do: 'catch-up' | 'compact' | 'verify' | 'health' | 'close' | 'learned' }

export interface Answer {
  readonly done?: unknown
  readonly code?: string
  readonly message?: string
  /** Kinds of facts since the last answer, and how often. */
  readonly facts?: Readonly<Record<string, number>>
}

/** Everything learned, as text that differs when a bit does. */
export interface Bits {
  readonly decisions: number
  readonly bits: string
}

let store: BanditStore | null = null
let workload: Workload | null = null
let facts: Record<string, number> = {}

const opened = (): BanditStore => {
  if (store === null) throw new Error('no store was opened')
  return store
}

function bits(): Bits {
  const learned = opened().read()
  return { decisions: learned.decisions, bits: bitsOf(learnedOf(learned)) }
}

async function obey(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'open': {
      const { directory, options, at } = command
      const observe = ({ kind }: BanditStoreFact): void => {
        facts[kind] = (facts[kind] ?? 0) + 1
      }
      let isDone = false
      store = await openFileStore(directory, { ...options, dim: DIM, observe }, (step) => {
        if (step !== at?.step || isDone) return
        isDone = true
        for (const told of at.told ?? []) void teach(told)
        if (at.signal !== undefined) process.kill(process.pid, at.signal)
      })
      return bits()
    }
    case 'teach':
      return await Promise.all(command.told.map(teach))
    case 'teach-for-ever':
      workload = startWorkload(opened(), command)
      return null
    case 'stop':
      await workload?.stop()
      return null
    case 'remember': {
      const { arm, context } = lessonOf({ id: command.id, part: 'immediate' })
      opened().remember(command.id, { arm, context, note: command.id })
      return null
    }
    case 'recall': {
      const recalled: Recalled = await opened().recall(command.id)
      return recalled.kind === 'found' ? { ...recalled, context: [...recalled.context] } : recalled
    }
    case 'learned':
      return bits()
    case 'catch-up':
      await opened().catchUp()
      return bits()
    case 'compact':
      return await opened().compact()
    case 'verify':
      return await opened().verify()
    case 'health': {
      const { error, ...health } = opened().health()
      return { ...health, error: String(error) }
    }
    default:
      // There is nothing left but `close`.
      await opened().close()
      return null
  }
}

/** @returns the result, or the code of the error. */
async function teach(told: Told): Promise<string> {
  try {
    return await opened().reward(told.id, lessonOf(told))
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)

say({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  let answer: Answer
  try {
    answer = { done: await obey(JSON.parse(line) as Command) }
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string }
    answer = { code: code ?? 'none', message }
  }
  say({ ...answer, facts })
  facts = {}
}
