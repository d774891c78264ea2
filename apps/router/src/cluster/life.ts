import cluster, { type Worker } from 'node:cluster'
import type { FromWorker, ToWorker } from './messages.ts'

/** One process, from its start to its end. */
export interface Life {
  /** Null when the system would not start one. */
  readonly pid: number | null
  /** The port it listens on. Rejects with what kept it from listening. */
  readonly listening: Promise<number>
  /** How it ended: its exit code, the signal that ended it, or why it could not start. Never rejects. */
  readonly ended: Promise<string>
  /** Tells it something. One that has just ended hears nothing; its end is told by `ended`. */
  tell(message: ToWorker): void
  /** Ends it at once. */
  kill(): void
}

/**
 * Starts a process of a cluster that was set up.
 * @param hear gets what it says, in order.
 */
export function startLife(hear: (message: FromWorker) => void): Life {
  let worker: Worker
  try {
    worker = cluster.fork()
  } catch (error) {
    return stillborn(error)
  }
  const { process: child } = worker
  let failure: string | null = null
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) =>
      resolve(failure ?? signal ?? exited(code)),
    )
    worker.on('error', (error: Error) => {
      // One that was never started does not exit. Any other error is of a message to one that is ending.
      if (child.pid === undefined) resolve(couldNotStart(error))
    })
  })
  const listening = new Promise<number>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'listening') resolve(message.port)
      if (message.kind === 'failed') {
        const { message: text, ...fields } = message.error
        failure = couldNotStart(text)
        reject(Object.assign(new Error(text), fields))
      }
      hear(message)
    })
    void ended.then((how) => reject(endedEarly(how)))
  })
  return {
    pid: child.pid ?? null,
    listening,
    ended,
    tell(message) {
      if (worker.isConnected()) worker.send(message, () => {})
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

const exited = (code: number | null): string => `exit code ${code}`

/** How a worker ends that was told to, and left nothing behind. */
export const ENDED_WELL: string = exited(0)

/** One that the system refused to start. */
function stillborn(why: unknown): Life {
  const how = couldNotStart(why)
  const listening = Promise.reject(endedEarly(how))
  return { pid: null, listening, ended: Promise.resolve(how), tell: () => {}, kill: () => {} }
}

const endedEarly = (how: string): Error => new Error(`a worker ended before it listened: ${how}`)

const couldNotStart = (why: unknown): string =>
  `it could not start: ${why instanceof Error ? why.message : String(why)}`
