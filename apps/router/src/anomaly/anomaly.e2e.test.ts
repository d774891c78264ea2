import { describe, expect, it, vi } from 'vitest'
import {
  fakeUpstream,
  goodAnswer,
  testRouter,
  type TestRouter,
} from '../http/fake-upstream.fixture.ts'
import type { DecisionLine } from '../learning/ledger.ts'
import { ledgerDecisions } from '../learning/ledger-lines.fixture.ts'

/** Any load at all is a breach, at once. */
const TOUCHY = {
  tau: 1e-9,
  releaseBelow: 1e-10,
  ewma: 1,
  everyMs: 10,
  weights: { drift: 0, pressure: 1, jitter: 1 },
}

async function decisions({ dataDir }: TestRouter, count: number): Promise<DecisionLine[]> {
  const read = (): DecisionLine[] => ledgerDecisions(dataDir).filter(({ named }) => !named)
  await vi.waitFor(() => expect(read()).toHaveLength(count))
  return read()
}

async function engaged(env: Record<string, string>): Promise<[TestRouter, AsyncDisposable]> {
  const upstream = await fakeUpstream(goodAnswer)
  const baseUrls = Array.from({ length: 4 }, () => upstream.baseUrl)
  const router = await testRouter({ baseUrls, env, config: { anomaly: TOUCHY } })
  await vi.waitFor(() => expect(router.facts.ofKind('router.anomaly-engaged')).toHaveLength(1))
  return [router, upstream]
}

describe('a router whose anomaly switch is engaged', () => {
  it('gives the fast route no more than its cap, and writes down why', async () => {
    const [router, upstream] = await engaged({ NOVA_ANR_MAX_FAST_PROB: '0.125' })
    await using _ = upstream
    await using __ = router
    for (let i = 0; i < 10; i += 1) expect((await router.ask()).status).toBe(200)
    const lines = await decisions(router, 10)
    for (const { caps, masked, reasons, probabilities } of lines) {
      expect({ caps, masked, reasons }).toEqual({
        caps: { R3: 0.125 },
        masked: [],
        reasons: ['anomaly_engaged'],
      })
      expect(probabilities['R3']).toBeLessThanOrEqual(0.125)
    }
  })

  it('when strict asks neither the standard nor the fast route, unless a caller names it', async () => {
    const [router, upstream] = await engaged({ NOVA_ANR_STRICT_ON_ANOMALY: '1' })
    await using _ = upstream
    await using __ = router
    for (let i = 0; i < 10; i += 1) {
      expect(['R2', 'R4']).toContain((await router.ask()).headers.get('x-holdfast-route'))
    }
    expect((await decisions(router, 10))[0]).toMatchObject({ masked: ['R1', 'R3'], caps: {} })
    expect((await router.ask({ model: 'R3' })).headers.get('x-holdfast-route')).toBe('R3')
  })

  it('engages because calls to its upstreams fail', async () => {
    await using upstream = await fakeUpstream((response) => void response.writeHead(500).end('{}'))
    const weights = { drift: 0, pressure: 1, jitter: 0 }
    await using router = await testRouter({
      baseUrls: [upstream.baseUrl, upstream.baseUrl],
      config: {
        // Only the calls can bring the pressure so near to 1: an event loop that waits for them is never that busy.
        anomaly: { ...TOUCHY, weights, tau: 0.999, everyMs: 50 },
        breaker: { enabled: false },
      },
    })
    await vi.waitFor(
      async () => {
        expect((await router.ask()).status).toBe(502)
        expect(router.facts.ofKind('router.anomaly-engaged')).toMatchObject([{ pressure: 1 }])
      },
      { timeout: 20_000, interval: 1 },
    )
  })
})
