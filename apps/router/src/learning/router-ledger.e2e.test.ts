import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLedger, verifyLedger, type LedgerRow } from '@holdfast/ledger'
import { describe, expect, it } from 'vitest'
import { served, until, type Caller } from '../cluster/served.fixture.ts'
import { fakeUpstream, goodAnswer, testRouter } from '../http/fake-upstream.fixture.ts'
import { ledgerDecisions, ledgerRewards, segmentPaths } from './ledger-lines.fixture.ts'
import { LEDGER, type DecisionLine, type RewardLine } from './ledger.ts'

/** The rows of a data directory's ledger, by id. */
async function rowsOf(
  dataDir: string,
  window = {},
): Promise<Map<string, LedgerRow<DecisionLine, RewardLine>>> {
  const rows = new Map<string, LedgerRow<DecisionLine, RewardLine>>()
  const reading = readLedger<DecisionLine, RewardLine>(join(dataDir, LEDGER), window)
  for await (const row of reading) rows.set(row.id, row)
  expect(reading.stats.rejects).toEqual([])
  return rows
}

/** A data directory that outlives its routers, whose ledger is read when they have ended. */
async function withDirectory(run: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'router-'))
  try {
    await run(dataDir)
  } finally {
    rmSync(dataDir, { recursive: true })
  }
}

describe("a router's ledger", () => {
  it("reads as the seed's rows: what was live, what scored highest, and what came of it in measures", async () => {
    await withDirectory(async (dataDir) => {
      await using upstream = await fakeUpstream(goodAnswer)
      await using router = await testRouter({
        baseUrls: [upstream.baseUrl, upstream.baseUrl],
        dataDir,
        config: { rollout: { enabled: true, pilot: 0.5 } },
      })
      const ask = async (body: object): Promise<string> =>
        (await router.ask({ ...body })).headers.get('x-holdfast-decision') ?? ''
      const tell = async (decisionId: string, said: object): Promise<void> => {
        expect((await router.post('/v1/feedback', { decisionId, ...said })).status).toBe(200)
      }
      const usual = await ask({ model: 'R2' })
      await tell(usual, { quality: 0.5 })
      const better = await ask({ model: 'R1', user: 'ada' })
      await tell(better, { quality: 0.6 })
      await tell(better, {
        deployment: { slo_ok: true, rollback: false, error_rate: 0.25, transform_rate: 0 },
      })
      const worse = await ask({ user: 'ada' })
      await tell(worse, { immediate: { tri_delta: -0.1, latency: 1 } })
      await tell(worse, { deployment: { slo_ok: false, rollback: true, error_rate: 1 } })
      const untold = await ask({ user: 'bob' })
      const bare = await ask({})
      await tell(bare, { reward: 0.25 })
      const all = await Promise.all(Array.from({ length: 20 }, (_, i) => ask({ user: `u${i}` })))
      await router.router.stop('the test says so')

      const rows = await rowsOf(dataDir)
      expect(rows.size).toBe(5 + all.length)
      const rewardsOf = (id: string) => rows.get(id)?.rewards
      expect(rewardsOf(usual)).toEqual({})
      expect(rewardsOf(better)?.immediate?.tri_delta_norm).toBeCloseTo(0.5)
      expect(rewardsOf(better)?.deployment).toEqual({ slo_ok: 1, rollback: 0, error_rate: 0.25 })
      expect(rewardsOf(worse)).toEqual({
        immediate: { tri_delta_norm: -0.5 },
        deployment: { slo_ok: 0, rollback: 1, error_rate: 1 },
      })
      expect(rows.get(untold)?.missing).toBe(true)
      expect(rows.get(bare)).toMatchObject({ missing: false, rewards: {} })
      const qualities = rows.get(better)?.outcomes.map(({ fields }) => fields.quality)
      expect(qualities).toEqual([0.6, null])

      expect(rows.get(better)?.decision).toMatchObject({ live: null, pilot: 0.5, named: true })
      const sides = all.map((id) => rows.get(id)?.decision)
      expect(sides.some((one) => one?.live === null && one.route === 'R2')).toBe(true)
      expect(sides.some((one) => one?.live !== null)).toBe(true)
      for (const { decision } of rows.values()) {
        const { live, pilot, route, shadow } = decision
        expect(pilot).toBe(0.5)
        expect([null, { route, pilot: 0.5 }]).toContainEqual(live)
        expect(['R1', 'R2']).toContain(shadow.argmax)
      }
      const subjects = [better, worse, untold, bare].map((id) => rows.get(id)?.decision.subject)
      expect(subjects[0]).toMatch(/^[0-9a-f]{16}$/)
      expect(subjects[1]).toBe(subjects[0])
      expect(subjects[2]).not.toBe(subjects[0])
      expect(subjects[3]).toBeNull()
      // The metrics have heard the same.
      expect(router.facts.ofKind('router.learned').map(({ triDelta }) => triDelta)).toEqual([
        null,
        rewardsOf(better)?.immediate?.tri_delta_norm,
        null,
        -0.5,
        null,
        null,
      ])
    })
  })

  it('says that nobody was in the pilot while it is not enabled, or killed', async () => {
    await using upstream = await fakeUpstream(goodAnswer)
    const baseUrls = [upstream.baseUrl, upstream.baseUrl]
    for (const rollout of [{ pilot: 0.5 }, { enabled: true, pilot: 0.5, kill: true }]) {
      await using router = await testRouter({ baseUrls, config: { rollout } })
      const decisionId = (await router.ask()).headers.get('x-holdfast-decision')
      await router.post('/v1/feedback', { decisionId, quality: 1 })
      expect(ledgerDecisions(router.dataDir)).toMatchObject([{ pilot: 0, live: null }])
    }
  })

  it('of a window has what was decided in it, with what came of it', async () => {
    await withDirectory(async (dataDir) => {
      await using upstream = await fakeUpstream(goodAnswer)
      await using router = await testRouter({
        baseUrls: [upstream.baseUrl, upstream.baseUrl],
        dataDir,
      })
      for (let i = 0; i < 5; i += 1) {
        const decisionId = (await router.ask()).headers.get('x-holdfast-decision')
        await router.post('/v1/feedback', { decisionId, quality: 1 })
      }
      await router.router.stop('the test says so')
      const times = ledgerDecisions(dataDir).map(({ t }) => Date.parse(t))
      const [fromMs = 0, toMs = 0] = [times[1], times[4]]
      const wanted = ledgerDecisions(dataDir).filter(({ t }) => {
        const tMs = Date.parse(t)
        return tMs >= fromMs && tMs < toMs
      })
      const rows = await rowsOf(dataDir, { fromMs, toMs })
      expect([...rows.keys()].toSorted()).toEqual(wanted.map(({ id }) => id).toSorted())
      for (const { outcomes } of rows.values()) expect(outcomes).toHaveLength(1)
    })
  })

  it('is written by two workers at once, a segment each, and is sound when one was killed', async () => {
    await withDirectory(async (dataDir) => {
      const told: string[] = []
      {
        await using router = await served({ dataDir })
        const pids = await router.workers()
        const callers: Caller[] = []
        for (const pid of pids) callers.push(await router.to(pid))
        for (let i = 0; i < 10; i += 1) {
          for (const caller of callers) {
            const decisionId = await caller.ask()
            const { status } = await caller.post('/v1/feedback', { decisionId, quality: 1 })
            expect(status).toBe(200)
            told.push(decisionId)
          }
        }
        expect(segmentPaths(dataDir)).toHaveLength(2)
        process.kill(pids[0] ?? 0, 'SIGKILL')
        await until(() => expect(router.told('router.worker-ended')).toHaveLength(1))
        for (const caller of callers) await caller[Symbol.asyncDispose]()
      }
      // What was acknowledged is there, whoever was killed.
      expect(new Set(ledgerRewards(dataDir).map(({ id }) => id))).toEqual(new Set(told))
      const rows = await rowsOf(dataDir)
      for (const id of told) expect(rows.get(id)).toMatchObject({ missing: false })
      expect(await verifyLedger(join(dataDir, LEDGER))).toMatchObject({ isSound: true })
    })
  })
})
