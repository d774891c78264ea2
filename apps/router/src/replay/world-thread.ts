import { Worker } from 'node:worker_threads'
import type { FromWorld, ToWorld, World } from '../world.ts'
import type { FaultNews } from './fault-player.ts'
import type { Outcome } from './traffic.ts'

/** The world outside the router, in a thread of its own. */
export interface WorldThread {
  /** Where its upstreams are, in the order of the table. */
  readonly ready: Promise<readonly string[]>
  /** Sends what there is to send, once. @throws what the world failed of, or `signal.reason`. */
  send(message: ToWorld, heard: Heard, signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export interface Heard {
  readonly onOutcome: (outcome: Outcome) => void
  readonly onFault: (news: FaultNews) => void
}

export function startWorld(world: World): WorldThread {
  const worker = new Worker(new URL(import.meta.resolve('#world')), { workerData: world })
  const failed = new Promise<never>((_resolve, reject) => {
    worker.once('error', reject)
  })
  // Whoever waits for the world hears of its end; nobody waiting is no reason to crash.
  failed.catch(() => {})
  const heard = <Kind extends FromWorld['kind']>(kind: Kind) =>
    new Promise<Extract<FromWorld, { kind: Kind }>>((resolve) => {
      worker.on('message', (message: FromWorld) => {
        if (message.kind === kind) resolve(message as Extract<FromWorld, { kind: Kind }>)
      })
    })
  return {
    ready: Promise.race([heard('ready'), failed]).then(({ baseUrls }) => baseUrls),
    async send(message, { onOutcome, onFault }, signal) {
      worker.on('message', (told: FromWorld) => {
        if (told.kind === 'outcomes') for (const outcome of told.outcomes) onOutcome(outcome)
        if (told.kind === 'fault') onFault(told.news)
      })
      const sent = heard('sent')
      worker.postMessage(message)
      await Promise.race([sent, failed, aborted(signal)])
    },
    async stop() {
      await worker.terminate()
    },
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
