import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveLedger } from '@holdfast/ledger'
import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkConfig } from '../config/read-config.ts'
import type { RouterFact } from '../tell/facts.ts'
import { ledgerLines, segmentPaths } from './ledger-lines.fixture.ts'
import { LINGER_MS, openRouterLedger, type DecisionLine, type RewardLine } from './ledger.ts'

const START_MS = Date.UTC(2026, 0, 15, 12)
const DAY_MS = 86_400_000

let dataDir: string
let clock: VirtualClock
beforeEach(() => {
  clock = new VirtualClock(START_MS)
  dataDir = mkdtempSync(join(tmpdir(), 'ledger-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const now = (): string => new Date(clock.wallMs()).toISOString()

const decision = (id: string, more: Partial<DecisionLine> = {}): DecisionLine => ({
  v: 1,
  kind: 'decision',
  id,
  t: now(),
  route: 'R1',
  p: 0.5,
  probabilities: { R1: 0.5, R2: 0.5 },
  scores: {},
  bounds: {},
  caps: {},
  context: [1],
  shadow: { argmax: 'R1' },
  live: null,
  named: false,
  why: 'policy',
  model: 'm',
  status: 200,
  tokens: { input: 1, output: 1 },
  costUsd: 0,
  latencyMs: 1,
  ...more,
})
const reward = (id: string, part: RewardLine['part'] = 'immediate'): RewardLine => ({
  v: 1,
  kind: 'reward',
  id,
  t: now(),
  route: 'R1',
  part,
  reward: 0.5,
  update: 1,
})

const route = { baseUrl: 'http://127.0.0.1:9', model: 'm', prices: { input: 1, output: 1 } }

function opened(ledger: { readonly enabled?: boolean } = {}) {
  const input = { version: 1, routes: { R1: route, R4: route }, ledger }
  const config = checkConfig('test', input, {}, { dataDir })
  const facts = recordedFacts<RouterFact>()
  return { ledger: openRouterLedger(config, { clock, observe: facts.observe }), facts }
}

describe('the ledger', () => {
  it('touches nothing before its first line', async () => {
    await opened().ledger.close()
    expect(segmentPaths(dataDir)).toEqual([])
  })

  it('lets a decision linger, and writes it before the reward that follows', async () => {
    const { ledger } = opened()
    ledger.note(decision('a'))
    expect(ledgerLines(dataDir)).toEqual([])
    await ledger.append(reward('a'))
    expect(ledgerLines(dataDir).map(({ kind }) => kind)).toEqual(['decision', 'reward'])
    ledger.note(decision('b'))
    await clock.advance(LINGER_MS)
    await ledger.close()
    expect(ledgerLines(dataDir)).toHaveLength(3)
  })

  it('is one of many that write to a directory, a file each', async () => {
    const several = Array.from({ length: 4 }, () => opened().ledger)
    await Promise.all(
      several.map(async (ledger, writer) => {
        for (let i = 0; i < 50; i += 1) await ledger.append(reward(`${writer} ${i}`))
        await ledger.close()
      }),
    )
    expect(new Set(ledgerLines(dataDir).map(({ id }) => id)).size).toBe(200)
    expect(segmentPaths(dataDir)).toHaveLength(4)
  })

  it('goes on without a directory that cannot be made, tells each line that is lost, and takes it up when it can', async () => {
    const path = join(dataDir, 'ledger')
    writeFileSync(path, 'a file where the folder should be')
    const { ledger, facts } = opened()
    await ledger.append(reward('a'))
    expect(facts.ofKind('ledger.write-failed')).toMatchObject([{ lines: 1 }])
    rmSync(path)
    await ledger.append(reward('b'))
    await ledger.close()
    expect(ledgerLines(dataDir)).toMatchObject([{ id: 'b' }])
  })

  it('tells of a line that it cannot take, and throws nothing', async () => {
    const { ledger, facts } = opened()
    ledger.note(decision('a', { p: 2 }))
    await ledger.append({ ...reward('a'), reward: Number.NaN })
    await ledger.close()
    ledger.note(decision('a'))
    await ledger.append(reward('a'))
    const codes = facts.ofKind('ledger.write-failed').map(({ error }) => (error as Coded).code)
    expect(codes).toEqual(['LEDGER_LINE', 'LEDGER_LINE', 'LEDGER_CLOSED', 'LEDGER_CLOSED'])
  })

  it('that is off writes nothing and finds nothing', async () => {
    const { ledger, facts } = opened({ enabled: false })
    ledger.note(decision('a'))
    await ledger.append(reward('a'))
    expect(ledger.isOn).toBe(false)
    expect(await ledger.find('a', 0)).toBeNull()
    await ledger.close()
    expect(segmentPaths(dataDir)).toEqual([])
    expect(facts.all).toEqual([])
  })
})

interface Coded {
  readonly code: string
}

describe('a decision in the ledger', () => {
  it('is found at once, also while its line lingers, whichever process wrote it', async () => {
    const [one, other] = [opened().ledger, opened().ledger]
    one.note(decision('a', { route: 'R4' }))
    expect(await one.find('a', START_MS)).toMatchObject({ decision: { route: 'R4' }, outcomes: [] })
    await other.append(reward('a'))
    expect(await other.find('a', START_MS)).toMatchObject({
      tMs: START_MS,
      outcomes: [{ part: 'immediate', fields: { reward: 0.5, update: 1 } }],
    })
    expect(await other.find('b', START_MS)).toBeNull()
    await one.close()
    await other.close()
  })

  it('is found when it is archived', async () => {
    const first = opened().ledger
    first.note(decision('a'))
    await first.append(reward('a'))
    await first.close()
    await clock.advance(3 * DAY_MS)
    await archiveLedger(join(dataDir, 'ledger'), { nowMs: clock.wallMs() })
    expect(segmentPaths(dataDir)).toEqual([])
    const { ledger } = opened()
    await ledger.append(reward('a', 'later'))
    const found = await ledger.find('a', START_MS)
    expect(found?.outcomes.map(({ part }) => part)).toEqual(['immediate', 'later'])
    await ledger.close()
  })

  it('is found in the file that an earlier version wrote', async () => {
    const lines = [decision('a', { route: 'R4' }), reward('a')].map((line) => JSON.stringify(line))
    const text = `${lines.join('\n')}\n`
    writeFileSync(join(dataDir, 'anr_ledger.ndjson'), text)
    const { ledger } = opened()
    await ledger.append(reward('b'))
    expect(await ledger.find('a', START_MS)).toMatchObject({
      decision: { route: 'R4' },
      outcomes: [{ fields: { reward: 0.5 } }],
    })
    await ledger.close()
  })

  it('cannot be told where there is no ledger but something else', async () => {
    const { ledger } = opened()
    await ledger.close()
    writeFileSync(join(dataDir, 'ledger'), '')
    await expect(ledger.find('a', START_MS)).rejects.toMatchObject({ code: 'LEDGER_READ' })
    rmSync(join(dataDir, 'ledger'))
    mkdirSync(join(dataDir, 'ledger'))
    expect(await ledger.find('a', START_MS)).toBeNull()
  })
})
