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

async function sendRow(
  pool: Pool,
  index: number,
  { table, sendTask }: TrafficOptions,
): Promise<Outcome> {
  const row = table.rows[index]
  if (row === undefined) throw new RangeError(`no row ${index} in ${table.name}`)
  const task = sendTask && row.task !== null ? { task: row.task } : {}
  const answer = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: HEADERS,
    body: JSON.stringify({
      model: 'auto',
      messages: [{ role: 'user', content: row.prompt }],
      metadata: { row: String(index), ...task },
    }),
  })
  await answer.body.dump()
  const status = answer.statusCode
  const route = answer.headers['x-holdfast-route']
  const decisionId = answer.headers['x-holdfast-decision']
  if (status !== 200 || typeof route !== 'string') return { row: index, route: null, status }

  const quality = row.quality[table.routes.findIndex(({ id }) => id === route)]
  const feedback = await pool.request({
    method: 'POST',
    path: '/v1/feedback',
    headers: HEADERS,
    body: JSON.stringify({ decisionId, quality }),
  })
  await feedback.body.dump()
  return { row: index, route, status: feedback.statusCode === 200 ? status : feedback.statusCode }
}
