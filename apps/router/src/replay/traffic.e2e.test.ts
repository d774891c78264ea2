import { systemClock } from '@holdfast/seams'
import { describe, expect, it } from 'vitest'
import { fakeUpstream, type Handler } from '../http/fake-upstream.fixture.ts'
import { generatedTable } from './generated-table.ts'
import { sendTraffic, type Outcome } from './traffic.ts'

const HEADERS = { 'x-holdfast-route': 'R1', 'x-holdfast-decision': 'd' }

/** Sends three rows to something that answers like a router, every second of them as a stream. */
async function outcomesOf(answer: Handler): Promise<Outcome[]> {
  await using router = await fakeUpstream((response, call) => {
    if ('decisionId' in call) response.writeHead(200).end('{}')
    else answer(response, call)
  })
  const outcomes: Outcome[] = []
  await sendTraffic({
    url: new URL(router.baseUrl).origin,
    table: generatedTable(1, 3),
    order: [0, 1, 2],
    concurrency: 1,
    sendTask: false,
    streamEvery: 2,
    clock: systemClock,
    onSend: () => {},
    isWell: () => true,
    onOutcome: (outcome) => void outcomes.push(outcome),
  })
  return outcomes
}

describe('traffic that is sent to a router', () => {
  it('is a stream where it is to be one, and what goes through has a route', async () => {
    const streamed: boolean[] = []
    const outcomes = await outcomesOf((response, { stream }) => {
      streamed.push(stream === true)
      response.writeHead(200, HEADERS).end(stream === true ? 'data: 1\n\ndata: [DONE]\n\n' : '{}')
    })
    expect(streamed).toEqual([false, true, false])
    expect(outcomes).toMatchObject(
      [0, 1, 2].map((row) => ({ row, route: 'R1', status: 200, tries: 1, isCut: false })),
    )
    for (const { tookMs } of outcomes) expect(tookMs).toBeGreaterThan(0)
  })

  it('that breaks off in mid-stream has failed, though its status was good', async () => {
    const outcomes = await outcomesOf((response, { stream }) => {
      const last = 'data: {"error":{"code":"upstream_unreachable"}}\n\n'
      response.writeHead(200, HEADERS).end(stream === true ? `data: 1\n\n${last}` : '{}')
    })
    expect(outcomes.map(({ status, isCut }) => [status, isCut])).toEqual([
      [200, false],
      [502, true],
      [200, false],
    ])
  })

  it('whose connection breaks is sent again, and says how often', async () => {
    let calls = 0
    const [first] = await outcomesOf((response) => {
      calls += 1
      if (calls < 3) response.socket?.destroy()
      else response.writeHead(200, HEADERS).end('data: [DONE]\n\n')
    })
    expect(first).toMatchObject({ status: 200, tries: 3 })
  })
})
