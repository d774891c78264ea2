import type { Breaker, Outcome, Pass } from '@holdfast/circuit-breaker'
import type { Clock, Observe, Timer } from '@holdfast/seams'
import type { Config } from '../config/read-config.ts'
import type { Trouble } from '../decide/trouble.ts'
import type { Route } from '../decide/routes.ts'
import { UpstreamError } from '../http/errors.ts'
import { refusal } from '../http/refusal.ts'
import { readBody } from '../http/usage.ts'
import type { Upstream } from '../http/upstream.ts'
import type { RouterFact } from '../tell/facts.ts'

export interface ProberOptions {
  readonly route: Route
  readonly breaker: Breaker
  readonly upstream: Upstream
  readonly settings: Config['breaker']
  /** What the breaker is told of a trouble. */
  readonly judged: (trouble: Trouble) => Outcome
  readonly clock: Clock
  readonly observe: Observe<RouterFact>
}

/**
 * Finds out when a route is well again: as soon as its breaker may let a call through, it sends a tiny prompt. So
 * nobody's request is the one that tries, and a route that no request would choose recovers all the same.
 */
export interface Prober {
  /** Called whenever the breaker has moved. */
  wake(): void
  close(): void
}

/** The longest answer to a probe that is read, in bytes. */
const LONGEST_ANSWER_BYTES = 1024 * 1024
/** The shortest pause between two looks at the breaker, in ms. */
const SHORTEST_PAUSE_MS = 10

export function createProber(options: ProberOptions): Prober {
  const { route, breaker, upstream, settings, judged, clock, observe } = options
  const { prompt, maxTokens, timeoutMs } = settings.probe
  const body = JSON.stringify({
    model: route.model,
    messages: [{ role: 'user', content: prompt }],
    max_tokens: maxTokens,
  })
  const closing = new AbortController()
  let timer: Timer | null = null
  let isProbing = false

  const probe = async (pass: Pass): Promise<void> => {
    const startMs = clock.monotonicMs()
    const controller = new AbortController()
    const stop = (): void => controller.abort(closing.signal.reason)
    closing.signal.addEventListener('abort', stop, { once: true })
    using _deadline = clock.after(timeoutMs, () => {
      const message = `${route.id}: ${route.model} did not answer a probe within ${timeoutMs} ms`
      controller.abort(new UpstreamError(504, 'upstream_timeout', message, { kind: 'silent' }))
    })
    let outcome: Outcome = 'success'
    let answeredMs: number | null = null
    try {
      const answer = await upstream.complete(body, controller.signal)
      // As with requests, what counts as slow is how long it takes to begin.
      answeredMs = clock.monotonicMs()
      const read = readBody((await answer.whole(LONGEST_ANSWER_BYTES)).toString('utf8'))
      const error = refusal(route, answer, read, clock.wallMs())
      // That it finds fault with the probe shows that it is there.
      if (error instanceof UpstreamError) throw error
    } catch (error) {
      if (error instanceof UpstreamError) {
        outcome = judged(error.trouble)
      } else if (closing.signal.aborted) outcome = 'ignore'
      else throw error
    } finally {
      closing.signal.removeEventListener('abort', stop)
    }
    const tookMs = (answeredMs ?? clock.monotonicMs()) - startMs
    observe({ kind: 'router.probed', route: route.id, isWell: outcome === 'success', tookMs })
    breaker.settle(pass, outcome, tookMs)
  }

  const run = async (): Promise<void> => {
    isProbing = true
    try {
      // One probe after the other while the breaker still makes up its mind. Once it has opened anew, it rests.
      do {
        const pass = breaker.admit()
        if (pass === null) break
        await probe(pass)
      } while (!closing.signal.aborted && breaker.state === 'probing')
    } finally {
      isProbing = false
    }
    schedule()
  }

  const schedule = (): void => {
    timer?.cancel()
    timer = null
    const inMs =
      breaker.state === 'open' || breaker.state === 'probing' ? breaker.retryInMs() : null
    if (closing.signal.aborted || isProbing || inMs === null) return
    timer = clock.after(Math.max(inMs, SHORTEST_PAUSE_MS), () => void run(), { keepsAlive: false })
  }

  return {
    wake: schedule,
    close() {
      timer?.cancel()
      closing.abort(new Error('the router stops'))
    },
  }
}
