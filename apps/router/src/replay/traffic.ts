import type { Clock } from '@holdfast/seams'
import { Pool } from 'undici'
import type { OutcomeTable } from './outcome-table.ts'

/** How one prompt of the table went. */
export interface Outcome {
  /** Index of the row in the table. */
  readonly row: number
  /** The route that answered; null when none did. */
  readonly route: string | null
  readonly status: number
}

export interface TrafficOptions {
  readonly url: string
  readonly table: OutcomeTable
  /** Rows to send, in this order. */
  readonly order: readonly number[]
  /** Requests under way at once. Integer ≥ 1. */
  readonly concurrency: number
  /** Whether the caller says what kind of task it is, as `metadata.task`. */
  readonly sendTask: boolean
  readonly clock: Pick<Clock, 'sleep'>
  readonly onOutcome: (outcome: Outcome) => void
}

/**
 * Sends each prompt to the router over HTTP and, once it is answered, what the table says the chosen
 * route's answer was worth.
 */
export async function sendTraffic(options: TrafficOptions): Promise<void> {
  const { url, order, concurrency, onOutcome } = options
  const pool = new Pool(url, { connections: concurrency })
  const rows = order.values()
  const lane = async (): Promise<void> => {
    // All lanes draw from one iterator, so each row is sent once.
    for (const row of rows) onOutcome(await sendRow(pool, row, options))
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, lane))
  } finally {
    await pool.close()
  }
}

const HEADERS = { 'content-type': 'application/json' }

/** Pauses before a row is sent anew, in ms: a process of the router may have been killed over it. */
const AGAIN_MS = [20, 100, 500, 2_000, 5_000, 10_000]

async function sendRow(pool: Pool, index: number, options: TrafficOptions): Promise<Outcome> {
  for (const pauseMs of [...AGAIN_MS, null]) {
    const outcome = await tryRow(pool, index, options)
    const isFinal = outcome.status !== NO_ANSWER && outcome.status !== NOT_KNOWN
    if (isFinal || pauseMs === null) return outcome
    await options.clock.sleep(pauseMs)
  }
  throw new Error('unreachable: the last try is final')
}

/** Status of a request whose connection broke, and of feedback to a decision that its process took along. */
const NO_ANSWER = 0
const NOT_KNOWN = 404
/** Feedback was taken in before, though nobody heard of it. */
const DUPLICATE = 409

async function tryRow(
  pool: Pool,
  index: number,
  { table, sendTask, clock }: TrafficOptions,
): Promise<Outcome> {
  const row = table.rows[index]
  if (row === undefined) throw new RangeError(`no row ${index} in ${table.name}`)
  const task = sendTask && row.task !== null ? { task: row.task } : {}
  const { status, headers } = await post(pool, '/v1/chat/completions', {
    model: 'auto',
    messages: [{ role: 'user', content: row.prompt }],
    metadata: { row: String(index), ...task },
  })
  const route = headers['x-holdfast-route']
  const decisionId = headers['x-holdfast-decision']
  if (status !== 200 || typeof route !== 'string') return { row: index, route: null, status }

  const quality = row.quality[table.routes.findIndex(({ id }) => id === route)]
  let feedback = await post(pool, '/v1/feedback', { decisionId, quality })
  for (const pauseMs of AGAIN_MS) {
    if (feedback.status !== NO_ANSWER) break
    await clock.sleep(pauseMs)
    // It may have been taken in by the process that was killed before it said so: then it is a duplicate.
    feedback = await post(pool, '/v1/feedback', { decisionId, quality })
    if (feedback.status === DUPLICATE) return { row: index, route, status }
  }
  return { row: index, route, status: feedback.status === 200 ? status : feedback.status }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

async function post(pool: Pool, path: string, body: object): Promise<Answer> {
  try {
    const {
      statusCode,
      headers,
      body: answer,
    } = await pool.request({
      method: 'POST',
      path,
      headers: HEADERS,
      body: JSON.stringify(body),
    })
    await answer.dump()
    return { status: statusCode, headers }
  } catch (error) {
    // The connection broke, or none could be made: its process may have been killed.
    if (error instanceof TypeError || error instanceof RangeError) throw error
    return { status: NO_ANSWER, headers: {} }
  }
}
