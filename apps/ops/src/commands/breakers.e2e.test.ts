import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lock } from '@holdfast/file-lock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { routerLock, standIn, wellRouter, writeAdminFile } from '../fixtures/router.fixture.ts'
import { play } from '../fixtures/world.fixture.ts'
import { TREE } from '../tree.ts'

let dataDir: string
let lock: Lock
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'holdfast-breakers-'))
  lock = await routerLock(dataDir)
})
afterEach(async () => {
  await lock.release()
  rmSync(dataDir, { recursive: true })
})

const ISOLATE = ['breakers', 'isolate', 'R3', '--reason', 'answers nonsense']

describe('a person who isolates the guardrail', () => {
  it('is told what it means, and asked; a no orders nothing, a yes does', async () => {
    await using router = await standIn(wellRouter())
    writeAdminFile(dataDir, { url: router.url })
    const scene = { tree: TREE, columns: 80, env: { HOLDFAST_DATA_DIR: dataDir, USER: 'ana' } }
    for (const [key, code] of [
      ['n', 130],
      ['y', 0],
    ] as const) {
      const played = play(ISOLATE, scene)
      await played.asked('Go ahead?')
      expect(played.errText()).toContain('but R3 is the guardrail')
      played.type(`${key}\r`)
      expect([key, await played.ended]).toEqual([key, code])
      const posted = router.asked.filter((one) => one.startsWith('POST'))
      expect(posted).toEqual(key === 'y' ? ['POST /admin/breakers/R3/isolate'] : [])
    }
    const shown = play(['breakers', 'show', 'R3'], scene)
    expect(await shown.ended).toBe(0)
    expect(shown.outText()).toMatch(/^isolated by +ana$/m)
  })
})

describe('the wait for all processes', () => {
  it('leaves enough of --timeout to say who has not obeyed', async () => {
    const well = wellRouter()
    // It takes orders, and obeys none.
    await using router = await standIn((asked, request) => {
      const answer = well(asked, request)
      if (asked.path !== '/admin/status' || typeof answer === 'string') return answer
      return [answer[0], { ...(answer[1] as object), orders: { seq: 0, isolated: {} } }]
    })
    writeAdminFile(dataDir, { url: router.url })
    // Answers come in real time, so what is waited for is real, too: made-up seconds would be over before the first came.
    const args = ['breakers', 'isolate', 'R1', '--reason', 'x', '--timeout', '5s', '--json']
    const played = play(args, { tree: TREE, env: { HOLDFAST_DATA_DIR: dataDir } })
    await played.ended
    const { code, data } = JSON.parse(played.out()) as { code: number; data: object }
    expect([code, data]).toMatchObject([10, { seq: 1, obeying: [], missing: [process.pid] }])
  })
})
