import type { Clock } from '@holdfast/seams'
import { Pool } from 'undici'
import type { OutcomeTable } from './outcome-table.ts'

/** How one prompt of the table went. */
export interface Outcome {
  /** Index of the row in the table. */
  readonly row: number
  /** The route that answered; null when none did. */
  readonly route: string | null
  /** 200 only if the answer and its feedback went through; 502 for a stream that broke off. */
  readonly status: number
  /** How often it was sent: more than once if its connection broke. */
  readonly tries: number
  /** From the first byte sent to the last byte of the answer, in ms. */
  readonly tookMs: number
  /** Whether it was a stream that broke off. */
  readonly isCut: boolean
  /** Whether all was well with the upstreams from its beginning to its end. */
  readonly isWell: boolean
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
  /** Every so manieth answer is asked for as a stream; null: none. */
  readonly streamEvery: number | null
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  /** Called before each row is sent. */
  readonly onSend: () => void
  /** Whether all is well with the upstreams now. */
  readonly isWell: () => boolean
  readonly onOutcome: (outcome: Outcome) => void
}

/**
 * Sends each prompt to the router over HTTP and, once it is answered, what the table says the chosen
 * route's answer was worth.
 */
export async function sendTraffic(options: TrafficOptions): Promise<void> {
  const { url, order, concurrency, streamEvery, onSend, onOutcome } = options
  const pool = new Pool(url, { connections: concurrency })
  const rows = order.entries()
  const lane = async (): Promise<void> => {
    // All lanes draw from one iterator, so each row is sent once.
    for (const [position, row] of rows) {
      const isStream = streamEvery !== null && (position + 1) % streamEvery === 0
      onSend()
      onOutcome(await sendRow(pool, row, isStream, options))
    }
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

async function sendRow(
  pool: Pool,
  index: number,
  isStream: boolean,
  options: TrafficOptions,
): Promise<Outcome> {
  const { clock, isWell } = options
  const startMs = clock.monotonicMs()
  const wasWell = isWell()
  for (const [i, pauseMs] of [...AGAIN_MS, null].entries()) {
    const { endedMs, ...tried } = await tryRow(pool, index, isStream, options)
    const isFinal = tried.status !== NO_ANSWER && tried.status !== NOT_KNOWN
    if (isFinal || pauseMs === null) {
      return { ...tried, tries: i + 1, tookMs: endedMs - startMs, isWell: wasWell && isWell() }
    }
    await clock.sleep(pauseMs)
  }
  throw new Error('unreachable: the last try is final')
}

/** Status of a request whose connection broke, and of feedback to a decision that its process took along. */
const NO_ANSWER = 0
const NOT_KNOWN = 404
/** Feedback was taken in before, though nobody heard of it. */
const DUPLICATE = 409
/** Status of a stream that began well and broke off. */
const CUT = 502

type Tried = Pick<Outcome, 'row' | 'route' | 'status' | 'isCut'> & { readonly endedMs: number }

async function tryRow(
  pool: Pool,
  index: number,
  isStream: boolean,
  { table, sendTask, clock }: TrafficOptions,
): Promise<Tried> {
  const row = table.rows[index]
  if (row === undefined) throw new RangeError(`no row ${index} in ${table.name}`)
  const task = sendTask && row.task !== null ? { task: row.task } : {}
  const answer = await post(pool, '/v1/chat/completions', {
    model: 'auto',
    messages: [{ role: 'user', content: row.prompt }],
    metadata: { row: String(index), ...task },
    ...(isStream ? { stream: true } : {}),
  })
  const endedMs = clock.monotonicMs()
  const tried = { row: index, isCut: false, endedMs }
  const route = answer.headers['x-holdfast-route']
  const decisionId = answer.headers['x-holdfast-decision']
  if (answer.status !== 200 || typeof route !== 'string') {
    return { ...tried, route: null, status: answer.status }
  }
  if (isStream && !answer.text.endsWith('data: [DONE]\n\n')) {
    return { ...tried, route, status: CUT, isCut: true }
  }

  const quality = row.quality[table.routes.findIndex(({ id }) => id === route)]
  let feedback = await post(pool, '/v1/feedback', { decisionId, quality })
  for (const pauseMs of AGAIN_MS) {
    if (feedback.status !== NO_ANSWER) break
    await clock.sleep(pauseMs)
    // It may have been taken in by the process that was killed before it said so: then it is a duplicate.
    feedback = await post(pool, '/v1/feedback', { decisionId, quality })
    if (feedback.status === DUPLICATE) return { ...tried, route, status: answer.status }
  }
  const status = feedback.status === 200 ? answer.status : feedback.status
  return { ...tried, route, status }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
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
    return { status: statusCode, headers, text: await answer.text() }
  } catch (error) {
    // The connection broke, or none could be made: its process may have been killed.
    if (error instanceof TypeError || error instanceof RangeError) throw error
    return { status: NO_ANSWER, headers: {}, text: '' }
  }
}
