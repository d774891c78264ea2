import { systemClock, type Clock } from '@holdfast/seams'
import type { Check, Finding } from '../check.ts'
import { aFunction, lengthMs, onlyOptions, shown } from '../option-rules.ts'

export interface HttpEndpointOptions {
  readonly url: string | URL
  /** Sent with the request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Which status is well. Default: 200 to 299. */
  readonly isGood?: (status: number) => boolean
  /** Degraded when the answer takes longer, in ms ≥ 0. Default 1000. */
  readonly slowMs?: number
  /** Default: the one of Node.js. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>
  readonly clock?: Clock
}

/**
 * A check that asks an address with GET. Its body is not read, and a redirect is not followed: it is an answer like
 * any other.
 * @throws {TypeError | RangeError} naming the option, what it may be and what it was.
 */
export function httpEndpoint(options: HttpEndpointOptions): Check {
  onlyOptions('httpEndpoint', options, ['url', 'headers', 'isGood', 'slowMs', 'fetch', 'clock'])
  const { headers = {}, slowMs = 1_000, clock = systemClock } = options
  const { isGood = (status: number) => status >= 200 && status < 300 } = options
  const { fetch = globalThis.fetch } = options
  const url = checkedUrl(options.url)
  aFunction('isGood', isGood)
  aFunction('fetch', fetch)
  lengthMs('slowMs', slowMs)
  return async ({ signal }): Promise<Finding> => {
    const startMs = clock.monotonicMs()
    const response = await fetch(url, { signal, headers, redirect: 'manual' })
    const tookMs = clock.monotonicMs() - startMs
    // What is left unread would keep the connection.
    await response.body?.cancel()
    const { status } = response
    const message = `${url.host} answered ${status} in ${Math.round(tookMs)} ms`
    const details = { url: `${url.origin}${url.pathname}`, status, tookMs, slowMs }
    if (!isGood(status)) return { status: 'critical', message, details }
    return { status: tookMs > slowMs ? 'degraded' : 'ok', message, details }
  }
}

function checkedUrl(url: string | URL): URL {
  const parsed = URL.canParse(String(url)) ? new URL(url) : null
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed
  throw new TypeError(`url must be an address of http or https, got ${shown(url)}`)
}
