import type { Clock, Timer } from '@holdfast/seams'
import { aggregated, lasting, type MetricValues } from '../tell/metric-values.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** How long a worker that hangs may keep the others' metrics back, in ms. What it said before stands in for it. */
const PATIENCE_MS = 1_000
/** How often workers are asked by themselves, in ms: what a killed one counted since is lost to the metrics. */
const EVERY_MS = 5_000
/** Workers that ended, beyond which what they counted is added up. */
const MOST_ENDED = 16

export interface GatherOptions {
  readonly ownValues: () => Promise<MetricValues>
  readonly clock: Clock
}

/** The metrics of all processes as one, whichever is asked; counters of those that ended included. */
export interface Gathering {
  /** Takes in a worker. It is asked from when it listens. */
  join(tell: (message: ToWorker) => void): Gathered
  end(): void
}

/** One worker, as its metrics are gathered. */
export interface Gathered {
  hear(message: FromWorker): void
  /** Keeps what it has counted. What it may still be heard to say does not count. */
  leave(): void
}

interface Member {
  readonly tell: (message: ToWorker) => void
  /** What it said last. */
  last: MetricValues
  /** False before it listens, and while it owes an answer for too long: nobody waits for it then. */
  isAnswering: boolean
  /** Ends the wait for an answer, by the number of what was asked. */
  readonly owed: Map<number, () => void>
}

export function gatherMetrics({ ownValues, clock }: GatherOptions): Gathering {
  const members = new Set<Member>()
  let ended: readonly MetricValues[] = []
  let isAddingUp = false
  let asks = 0
  let isOver = false
  let timer: Timer = clock.after(EVERY_MS, again, { keepsAlive: false })

  /** Resolves when a worker has answered, has ended, or should have answered. */
  const ask = (member: Member): Promise<void> =>
    new Promise((resolve) => {
      asks += 1
      const number = asks
      const settle = (): void => {
        patience.cancel()
        member.owed.delete(number)
        resolve()
      }
      const giveUp = (): void => {
        member.isAnswering = false
        settle()
      }
      const patience = clock.after(PATIENCE_MS, giveUp, { keepsAlive: false })
      member.owed.set(number, settle)
      member.tell({ kind: 'values?', ask: number })
    })

  const refresh = async (): Promise<void> => {
    await Promise.all([...members].filter(({ isAnswering }) => isAnswering).map(ask))
  }

  const text = async (): Promise<string> => {
    await refresh()
    const own = await ownValues()
    return await aggregated([own, ...ended, ...[...members].map(({ last }) => last)]).text()
  }

  const answer = async (tell: Member['tell'], number: number): Promise<void> => {
    try {
      tell({ kind: 'metrics', ask: number, text: await text() })
    } catch {
      // Metrics that fail are a bug, told to whoever asked for them, and no reason to end every process.
      tell({ kind: 'metrics', ask: number, text: null })
    }
  }

  /** Those that end meanwhile are added to the rest the next time. */
  const addUp = async (): Promise<void> => {
    isAddingUp = true
    const all = ended
    const sum = lasting(await aggregated(all).values())
    ended = [sum, ...ended.slice(all.length)]
    isAddingUp = false
  }

  function again(): void {
    void refresh().then(() => {
      if (!isOver) timer = clock.after(EVERY_MS, again, { keepsAlive: false })
    })
  }

  return {
    join(tell) {
      const member: Member = { tell, last: [], isAnswering: false, owed: new Map() }
      members.add(member)
      return {
        hear(message) {
          if (message.kind === 'listening') member.isAnswering = true
          if (message.kind === 'metrics?') void answer(tell, message.ask)
          if (message.kind !== 'values') return
          member.last = message.values
          member.isAnswering = true
          member.owed.get(message.ask)?.()
        },
        leave() {
          // From here on nobody looks at what it is heard to say: a last message may come after its end was told.
          members.delete(member)
          for (const settle of member.owed.values()) settle()
          ended = [...ended, lasting(member.last)]
          if (ended.length > MOST_ENDED && !isAddingUp) void addUp()
        },
      }
    },
    end() {
      isOver = true
      timer.cancel()
    },
  }
}
