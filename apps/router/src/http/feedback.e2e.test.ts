import { describe, expect, it } from 'vitest'
import { fakeUpstream, goodAnswer, testRouter } from './fake-upstream.fixture.ts'

const immediate = { tri_delta: -1, latency: 2.5 }
const deployment = { slo_ok: false, rollback: true, error_rate: 0.5, transform_rate: 0.5 }

/** A router, and what it says of feedback for a fresh decision. */
async function feedback() {
  const upstream = await fakeUpstream(goodAnswer)
  const router = await testRouter({ baseUrls: [upstream.baseUrl, upstream.baseUrl] })
  const decide = async (model = 'auto'): Promise<string> =>
    (await router.ask({ model })).headers.get('x-holdfast-decision') ?? ''
  const tell = async (decisionId: string, parts: object) => {
    const answer = await router.post('/v1/feedback', { decisionId, ...parts })
    const body = (await answer.json()) as {
      reward?: number
      error?: { code: string; message: string }
    }
    return { status: answer.status, reward: body.reward, error: body.error }
  }
  const updates = async (): Promise<number> => {
    const ready = await fetch(`${router.router.url}/readyz`)
    return ((await ready.json()) as { updates: number }).updates
  }
  return {
    router,
    decide,
    tell,
    updates,
    async [Symbol.asyncDispose]() {
      await router[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

describe('feedback in parts', () => {
  it('is rewarded as the seed does it: at once by TRI and latency, later by what the deployment showed', async () => {
    await using router = await feedback()
    const id = await router.decide()
    // −1 counts as −0.2, which is −1; 2.5 of 5 s take off a half.
    expect(await router.tell(id, { immediate })).toMatchObject({ status: 200, reward: -1.5 })
    expect(await router.tell(id, { deployment })).toMatchObject({ status: 200, reward: -2.75 })
    expect(await router.updates()).toBe(1)
  })

  it('counts as one decision in whatever order the parts come, and when one never comes', async () => {
    await using router = await feedback()
    const id = await router.decide()
    const { transform_rate: _, ...less } = deployment
    expect(
      await router.tell(id, { deployment: { ...less, slo_ok: 1, rollback: 0 } }),
    ).toMatchObject({
      status: 200,
      reward: 0.5,
    })
    expect(await router.updates()).toBe(1)
    expect(await router.tell(id, { quality: 1 })).toMatchObject({ status: 200 })
    expect(await router.updates()).toBe(1)
    const other = await router.decide()
    expect((await router.tell(other, { deployment })).status).toBe(200)
    expect(await router.updates()).toBe(2)
    const rewarded = router.router.facts
      .ofKind('router.learned')
      .map(({ id: of, part }) => [of, part])
    expect(rewarded).toEqual([
      [id, 'later'],
      [id, 'immediate'],
      [other, 'later'],
    ])
  })

  it('takes each part once, however it is said', async () => {
    await using router = await feedback()
    const id = await router.decide()
    expect((await router.tell(id, { immediate })).status).toBe(200)
    expect((await router.tell(id, { deployment })).status).toBe(200)
    for (const again of [{ immediate }, { deployment }, { quality: 1 }, { reward: 0 }]) {
      expect(await router.tell(id, again)).toMatchObject({
        status: 409,
        error: { code: 'feedback_duplicate' },
      })
    }
    expect(await router.updates()).toBe(1)
  })

  it('shows in the metrics once, however often it is said', async () => {
    await using router = await feedback()
    for (const [route, quality] of [
      // What the guardrail answers is what others are compared with.
      ['R2', 0.5],
      ['R1', 0.6],
    ] as const) {
      const id = await router.decide(route)
      for (const part of [{ quality }, { deployment }]) {
        await router.tell(id, part)
        await router.tell(id, part)
      }
    }
    const metrics = await (await fetch(`${router.router.router.url}/metrics`)).text()
    expect(metrics).toContain('\nnova_anr_rollbacks_total 2\n')
    expect(metrics).toContain('\nnova_anr_tri_delta_count 1\n')
    expect(metrics).toContain('\nnova_anr_tri_delta_bucket{le="0.5"} 1\n')
  })

  it('is refused with the field, what it may be and what it was', async () => {
    await using router = await feedback()
    const id = await router.decide()
    const cases: [object, string][] = [
      [{ reward: 1000.1 }, 'reward'],
      [{ reward: -1001 }, 'reward'],
      [{ quality: -0.1 }, 'quality'],
      [{ immediate: { tri_delta: 0 } }, 'immediate.latency'],
      [{ immediate: { tri_delta: '0', latency: 1 } }, 'immediate.tri_delta'],
      [{ immediate: { tri_delta: 0, latency: -1 } }, 'immediate.latency'],
      [{ immediate: { ...immediate, more: 1 } }, 'immediate'],
      [{ deployment: { ...deployment, slo_ok: 'yes' } }, 'deployment.slo_ok'],
      [{ deployment: { ...deployment, rollback: 2 } }, 'deployment.rollback'],
      [{ deployment: { ...deployment, error_rate: 1.5 } }, 'deployment.error_rate'],
      [{ deployment: { ...deployment, transform_rate: -1 } }, 'deployment.transform_rate'],
      [{ deployment: {} }, 'deployment.slo_ok'],
      [{ immediate, deployment }, 'exactly one'],
      [{ quality: 1, reward: 1 }, 'exactly one'],
    ]
    for (const [body, named] of cases) {
      const { status, error } = await router.tell(id, body)
      expect(status).toBe(400)
      expect(error?.code).toBe('invalid_feedback')
      expect(error?.message).toContain(named)
    }
    // What JSON can say of infinity.
    const { router: sent } = router
    const text = `{"decisionId":"${id}","reward":1e999}`
    expect((await sent.post('/v1/feedback', text)).status).toBe(400)
    expect(await router.updates()).toBe(0)
    for (const reward of [-1000, 1000]) {
      expect(await router.tell(await router.decide(), { reward })).toMatchObject({
        status: 200,
        reward,
      })
    }
  })
})
