import { request as requestHttp, type IncomingMessage } from 'node:http'
import type { Clock } from '@holdfast/seams'
import { durationText } from '../duration.ts'
import { OpsError } from '../errors.ts'
import type { RouterPlace } from './find-router.ts'

/** What is asked of a router. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  /** How long the answer may take, in ms > 0. */
  readonly limitMs: number
}

/** An answer, whatever its status. */
export interface RouterAnswer {
  readonly status: number
  /** Parsed. */
  readonly body: unknown
}

/** By what it waits, and what ends it. */
export interface Asking {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** No answer of a router is longer, in bytes. */
const LONGEST = 8 * 1_048_576
/** A worker that is killed takes its connections with it, and another answers the next. */
const TRIES = 3

/**
 * Asks over a connection of its own, so that each question may meet another process of the router, and again where the connection breaks.
 * Redirects are not followed: a token goes nowhere else.
 * @throws {OpsError} `OPS_UNREACHABLE`, `OPS_TIMEOUT`, `OPS_ROUTER`; and `signal.reason`.
 */
export async function exchange(
  place: RouterPlace,
  question: Question,
  { clock, signal }: Asking,
): Promise<RouterAnswer> {
  signal.throwIfAborted()
  const late = new AbortController()
  const timer = clock.after(question.limitMs, () => late.abort(silent(place, question.limitMs)))
  const ended = AbortSignal.any([signal, late.signal])
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        return parsed(place, await once(place, question, ended))
      } catch (error) {
        if (ended.aborted) throw ended.reason
        if (error instanceof OpsError) throw error
        const { code } = error as NodeJS.ErrnoException
        if (tries === TRIES || !BROKEN.has(code)) throw unreachable(place, error as Error)
      }
    }
  } finally {
    timer.cancel()
  }
}

const BROKEN: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

interface Raw {
  readonly status: number
  readonly text: string
}

async function once(
  { url, token }: RouterPlace,
  { method, path, body }: Question,
  signal: AbortSignal,
): Promise<Raw> {
  const text = body === undefined ? null : JSON.stringify(body)
  const headers = {
    accept: 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(text === null
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  const target = new URL(`${url.pathname.replace(/\/$/, '')}${path}`, url)
  // TLS is loaded only by who needs it.
  const request = url.protocol === 'https:' ? (await import('node:https')).request : requestHttp
  return await new Promise((resolve, reject) => {
    const sent = request(target, { method, headers, agent: false, signal }, (response) => {
      read(response).then(resolve, reject)
    })
    sent.on('error', reject)
    sent.end(text ?? undefined)
  })
}

async function read(response: IncomingMessage): Promise<Raw> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part)
    bytes += part.length
    if (bytes > LONGEST)
      throw new OpsError('OPS_ROUTER', `an answer is longer than ${LONGEST} bytes`)
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }
}

const START = ['holdfast health', 'the same with --url <url>']

function silent({ url, by, pid }: RouterPlace, limitMs: number): OpsError {
  const who = pid === null ? '' : ` (process ${pid})`
  return new OpsError(
    'OPS_TIMEOUT',
    `${url.origin}, named by ${by}, gives no answer within ${durationText(limitMs)}: the router${who} hangs, or is stopped or overloaded`,
    { next: ['holdfast health', ...(pid === null ? [] : [`ps -o pid,stat,etime,args -p ${pid}`])] },
  )
}

function unreachable({ url, by }: RouterPlace, error: Error): OpsError {
  const { code } = error as NodeJS.ErrnoException
  const why =
    code === 'ECONNREFUSED'
      ? `nobody listens at ${url.origin}, which ${by} names`
      : `${url.origin}, which ${by} names, cannot be asked: ${error.message || code}`
  return new OpsError('OPS_UNREACHABLE', why, { next: START, cause: error })
}

function parsed({ url, by }: RouterPlace, { status, text }: Raw): RouterAnswer {
  try {
    return { status, body: JSON.parse(text) as unknown }
  } catch (error) {
    // What is no JSON comes from something in front of the router, or instead of it.
    const seen = JSON.stringify(text.slice(0, 60))
    throw new OpsError(
      'OPS_ROUTER',
      `what answers at ${url.origin}, which ${by} names, is no router: it says ${status} and ${seen}, which is no JSON`,
      { next: ['the same with --url <url>', 'holdfast config show --origin'], cause: error },
    )
  }
}
