import {
  defaultJudge,
  retryAfterMs,
  type Breaker,
  type Call,
  type CircuitOpenError,
  type Ended,
  type Judgement,
  type LastGood,
} from './index.ts'
import { systemClock, type Clock } from '@holdfast/seams'
import pRetry from 'p-retry'

/** Tries again after failures. A refusal is waited for if it is short; otherwise trying again is of no use. */
export function runWithRetries<T>(breaker: Breaker, call: Call<T>, clock: Clock): Promise<T> {
  return pRetry(() => breaker.run(call), {
    retries: 3,
    minTimeout: 100,
    async shouldRetry({ error }: { error: Error }) {
      const { code, retryInMs = 0 } = error as Partial<CircuitOpenError>
      if (code === 'CIRCUIT_OPEN' && retryInMs <= 2_000) await clock.sleep(retryInMs)
      return code !== 'CIRCUIT_OPEN' || retryInMs <= 2_000
    },
  })
}

/** Reads answers of fetch: 429 and 503 say for how long to stay away, at most a minute; other 5xx are failures. */
export function judgeResponse(ended: Ended): Judgement {
  if ('error' in ended) return defaultJudge(ended)
  const { status, headers } = ended.value as Response
  if (status === 429 || status === 503) {
    const askedMs = retryAfterMs(headers.get('retry-after'), systemClock.wallMs())
    return askedMs === null ? 'resource-exhausted' : { openForMs: Math.min(askedMs, 60_000) }
  }
  return status >= 500 ? 'failure' : 'success'
}

/** While the service cannot be had, answers with the last good value, and says how old it is. */
export function runOrRecall<T>(
  breaker: Breaker,
  good: LastGood<T>,
  key: string,
  call: Call<T>,
): Promise<{ value: T; ageMs: number }> {
  const fresh = async (signal: AbortSignal): Promise<{ value: T; ageMs: number }> => {
    const value = await call(signal)
    good.remember(key, value)
    return { value, ageMs: 0 }
  }
  const fallback = (error: unknown): { value: T; ageMs: number } => {
    const last = good.recall(key)
    if (last === null) throw error
    return last
  }
  return breaker.run(fresh, { fallback })
}
