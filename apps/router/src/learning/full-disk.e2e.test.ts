import { mkdtempSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyLedger } from '@holdfast/ledger'
import { fill, lacking, run } from '@holdfast/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { fakeUpstream, goodAnswer, testRouter } from '../http/fake-upstream.fixture.ts'
import { LEDGER } from './ledger.ts'
import { ledgerLines } from './ledger-lines.fixture.ts'

const mount = lacking({ programs: ['mount', 'umount'], root: true })

describe.skipIf(mount !== '')(`a disk that is full for ledger and learning at once${mount}`, () => {
  it('costs no answer; feedback is refused until there is room again, and counts once', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'full-'))
    run('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dataDir)
    try {
      await using upstream = await fakeUpstream(goodAnswer)
      const baseUrls = [upstream.baseUrl, upstream.baseUrl]
      await using router = await testRouter({ baseUrls, dataDir })
      const get = (path: string) => fetch(`${router.router.url}${path}`)
      const tell = (decisionId: string | null) =>
        router.post('/v1/feedback', { decisionId, quality: 1 })
      const ask = async (): Promise<string | null> => {
        const answer = await router.ask()
        expect(answer.status).toBe(200)
        return answer.headers.get('x-holdfast-decision')
      }
      expect((await tell(await ask())).status).toBe(200)
      fill(join(dataDir, 'filler'))

      // Each of these takes more room than the last block of a file may still have.
      const waiting: (string | null)[] = []
      while (router.facts.ofKind('bandit-store.write-failed').length === 0) {
        const id = await ask()
        if ((await tell(id)).status === 503) waiting.push(id)
      }
      const refused = await tell(waiting[0] ?? null)
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ error: { code: 'feedback_unsaved' } })
      while (router.facts.ofKind('ledger.write-failed').length === 0) await ask()
      expect((await get('/health')).status).toBe(503)
      expect((await get('/readyz')).status).toBe(200)
      const metrics = await (await get('/metrics')).text()
      expect(metrics).toMatch(/holdfast_ledger_lost_lines_total [1-9]/)
      expect(metrics).toMatch(/nova_anr_state_write_errors_total [1-9]/)

      unlinkSync(join(dataDir, 'filler'))
      await vi.waitFor(async () => expect((await get('/health')).status).toBe(200), {
        timeout: 30_000,
      })
      for (const id of waiting) expect((await tell(id)).status).toBe(409)
      const last = await ask()
      expect((await tell(last)).status).toBe(200)
      expect(ledgerLines(dataDir).at(-1)).toMatchObject({ kind: 'reward', id: last })
      expect(await verifyLedger(join(dataDir, LEDGER))).toMatchObject({ isSound: true })
      const { updates } = (await (await get('/readyz')).json()) as { updates: number }
      await router.router.stop('the test says so')
      await using again = await testRouter({ baseUrls, dataDir })
      expect(again.facts.ofKind('router.state-loaded')).toMatchObject([{ updates }])
      expect(again.facts.ofKind('bandit-store.segment-damaged')).toEqual([])
    } finally {
      // The lock's file stays open in this process, so that no other lock of it is dropped.
      run('umount', '--lazy', dataDir)
      rmSync(dataDir, { recursive: true })
    }
  })
})
