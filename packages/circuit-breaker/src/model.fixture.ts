/**
 * A breaker as slow and as plain as it can be written from the rules of resilience4j: it keeps every call, and looks through
 * all of them each time. It shares no code with the package, so that both can only agree by both being right.
 *
 * Source: resilience4j 2, CircuitBreakerStateMachine and CircuitBreakerMetrics; ours differs in that a late result is dropped and that a call at the
 * very end of the open time is let through.
 */
export interface ModelRules {
  readonly window: { readonly kind: 'count' | 'time'; readonly size: number }
  readonly minimumCalls: number
  readonly failureRatio: number
  readonly slowMs: number
  readonly slowRatio: number
  readonly openMs: number
  readonly probes: number
  readonly probeMaxMs: number
}

interface ModelCall {
  readonly atMs: number
  readonly isFailure: boolean
  readonly isSlow: boolean
}

export interface ModelPass {
  readonly stay: number
}

export class ModelBreaker {
  readonly #rules: ModelRules
  state: 'closed' | 'open' | 'probing' = 'closed'
  nowMs = 0
  stale = 0
  /** One more each time the state changes. */
  stay = 0
  #sinceMs = 0
  #calls: ModelCall[] = []
  #permits = 0

  constructor(rules: ModelRules) {
    this.#rules = rules
  }

  #enter(state: 'closed' | 'open' | 'probing', atMs: number): void {
    this.state = state
    this.stay += 1
    this.#sinceMs = atMs
    this.#calls = []
    this.#permits = this.#rules.probes
  }

  /** The timer that resilience4j sets when it begins to probe. */
  tick(nowMs: number): void {
    this.nowMs = nowMs
    const endMs = this.#sinceMs + this.#rules.probeMaxMs
    if (this.state === 'probing' && nowMs >= endMs) this.#enter('open', endMs)
  }

  admit(): ModelPass | null {
    if (this.state === 'open') {
      if (this.nowMs < this.#sinceMs + this.#rules.openMs) return null
      this.#enter('probing', this.nowMs)
    }
    if (this.state === 'probing') {
      if (this.#permits === 0) return null
      this.#permits -= 1
    }
    return { stay: this.stay }
  }

  settle(pass: ModelPass, outcome: 'success' | 'failure' | 'ignore', tookMs: number): void {
    if (pass.stay !== this.stay) {
      this.stale += 1
      return
    }
    if (outcome === 'ignore') {
      if (this.state === 'probing') this.#permits += 1
      return
    }
    const isSlow = tookMs > this.#rules.slowMs
    this.#calls.push({ atMs: this.nowMs, isFailure: outcome === 'failure', isSlow })
    const rates = this.rates()
    if (rates === null) return
    const isBad = rates.failures >= this.#rules.failureRatio || rates.slow >= this.#rules.slowRatio
    if (isBad) this.#enter('open', this.nowMs)
    else if (this.state === 'probing') this.#enter('closed', this.nowMs)
  }

  /** The calls that count now. */
  looked(): readonly ModelCall[] {
    const { window, probes } = this.#rules
    if (this.state === 'probing') return this.#calls.slice(-probes)
    if (window.kind === 'count') return this.#calls.slice(-window.size)
    const second = Math.floor(this.nowMs / 1000)
    return this.#calls.filter(({ atMs }) => second - Math.floor(atMs / 1000) < window.size)
  }

  rates(): { failures: number; slow: number } | null {
    const { window, probes, minimumCalls } = this.#rules
    let least = minimumCalls
    if (this.state === 'probing') least = Math.min(minimumCalls, probes)
    else if (window.kind === 'count') least = Math.min(minimumCalls, window.size)
    const looked = this.looked()
    if (looked.length < least) return null
    return {
      failures: looked.filter(({ isFailure }) => isFailure).length / looked.length,
      slow: looked.filter(({ isSlow }) => isSlow).length / looked.length,
    }
  }
}
