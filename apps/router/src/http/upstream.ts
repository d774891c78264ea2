import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Clock, Timer } from '@holdfast/seams'
import { Pool } from 'undici'
import type { Route } from '../decide/routes.ts'
import { RequestError, UpstreamError } from './errors.ts'

/** The beginning of an upstream's answer. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body as a whole. @throws {UpstreamError} 502 if it is longer than `limitBytes`; 504 on silence. */
  whole(limitBytes: number): Promise<Buffer>
  /** Parts of the body as they arrive. Ends with an `UpstreamError` if the upstream falls silent. */
  parts(): AsyncIterable<Uint8Array>
}

export interface Upstream {
  /**
   * Sends a chat completion.
   * @param signal ends the call, at any point, with its reason.
   * @throws {UpstreamError} 502 if the upstream cannot be reached, 504 if it says nothing for `timeoutMs`.
   */
  complete(body: string, signal: AbortSignal): Promise<UpstreamAnswer>
  close(): Promise<void>
}

/** Enough for the parallel calls of one router process; more wait in line. */
const CONNECTIONS = 256

export function connectUpstream(route: Route, clock: Clock): Upstream {
  const url = new URL(`${route.baseUrl}/chat/completions`)
  const pool = new Pool(url.origin, {
    connections: CONNECTIONS,
    // Silence is timed here, by our clock, to the millisecond; the pool's own timers are coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: route.timeoutMs },
  })
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (route.apiKey !== null) headers['authorization'] = `Bearer ${route.apiKey}`

  return {
    async complete(body, signal) {
      const silence = watchSilence(route, clock, signal)
      try {
        const path = url.pathname + url.search
        const answer = await pool.request({
          method: 'POST',
          path,
          headers,
          body,
          signal: silence.signal,
        })
        silence.rearm()
        return {
          status: answer.statusCode,
          headers: answer.headers,
          whole: (limitBytes) => wholeOf(answer.body, silence, route, limitBytes),
          parts: () => partsOf(answer.body, silence, route),
        }
      } catch (error) {
        silence.end()
        throw asRequestError(error, route, silence.signal)
      }
    },
    close: () => pool.destroy(),
  }
}

/** By events: an iterator would take several turns more for each part. */
function wholeOf(
  body: Readable,
  silence: Silence,
  route: Route,
  limitBytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    body.on('data', (part: Buffer) => {
      silence.rearm()
      parts.push(part)
      size += part.byteLength
      if (size <= limitBytes) return
      const message = `${route.id}: ${route.model} sent more than ${limitBytes} bytes`
      body.destroy(
        new UpstreamError(502, 'upstream_answer_too_large', message, { kind: 'unusable' }),
      )
    })
    body.once('error', (error) => {
      silence.end()
      reject(asRequestError(error, route, silence.signal))
    })
    body.once('end', () => {
      silence.end()
      resolve(Buffer.concat(parts))
    })
  })
}

async function* partsOf(
  body: Readable,
  silence: Silence,
  route: Route,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of body) {
      // While the part is handed on, it is the client we wait for.
      silence.pause()
      yield part as Uint8Array
      silence.rearm()
    }
  } catch (error) {
    throw asRequestError(error, route, silence.signal)
  } finally {
    silence.end()
    body.destroy()
  }
}

interface Silence {
  /** Aborted when the upstream was silent for too long, or when the caller's own signal was. */
  readonly signal: AbortSignal
  /** Starts to count from now. */
  rearm(): void
  pause(): void
  end(): void
}

/** Times the upstream alone: while nobody listens to it, neither its silence nor its time in all goes on. */
function watchSilence(route: Route, clock: Clock, caller: AbortSignal): Silence {
  const { timeoutMs, totalMs } = route
  const controller = new AbortController()
  const stop = (): void => controller.abort(caller.reason)
  let leftMs = totalMs
  let armedAtMs = 0
  let timer: Timer | null = null
  const giveUp = (): void => controller.abort(tooLong(route, leftMs > timeoutMs))
  const pause = (): void => {
    if (timer === null) return
    timer.cancel()
    timer = null
    leftMs -= clock.monotonicMs() - armedAtMs
  }
  const rearm = (): void => {
    pause()
    armedAtMs = clock.monotonicMs()
    timer = clock.after(Math.max(0, Math.min(timeoutMs, leftMs)), giveUp)
  }
  if (caller.aborted) stop()
  else caller.addEventListener('abort', stop, { once: true })
  rearm()
  return {
    signal: controller.signal,
    rearm,
    pause,
    end() {
      pause()
      caller.removeEventListener('abort', stop)
    },
  }
}

function tooLong({ id, model, timeoutMs, totalMs }: Route, isSilent: boolean): UpstreamError {
  const how = isSilent ? `sent nothing for ${timeoutMs} ms` : `took more than ${totalMs} ms in all`
  return new UpstreamError(504, 'upstream_timeout', `${id}: ${model} ${how}`, { kind: 'silent' })
}

function asRequestError(error: unknown, route: Route, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof RequestError) return error
  const seen = error instanceof Error ? error.message || error.name : String(error)
  const message = `${route.id}: ${route.model}: ${seen}`
  return new UpstreamError(
    502,
    'upstream_unreachable',
    message,
    { kind: 'unreachable' },
    { cause: error },
  )
}
