import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock, recordedFacts } from '@holdfast/seams/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RouterFact } from '../tell/facts.ts'
import { LINGER_MS, openLedger, type DecisionLine, type RewardLine } from './ledger.ts'

let folder: string
let clock: VirtualClock
beforeEach(() => {
  clock = new VirtualClock()
  folder = mkdtempSync(join(tmpdir(), 'ledger-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const line = (update: number): RewardLine => ({
  v: 1,
  kind: 'reward',
  id: `d${update}`,
  t: '2026-01-01T00:00:00.000Z',
  route: 'R1',
  part: 'immediate',
  reward: 0.5,
  update,
})
const opened = (facts = recordedFacts<RouterFact>()) =>
  openLedger(join(folder, 'deep', 'l.ndjson'), clock, facts.observe)
const lines = (): string[] => readFileSync(join(folder, 'deep', 'l.ndjson'), 'utf8').split('\n')

describe('the ledger', () => {
  it('has every line, whole and in order, once append has resolved', async () => {
    const ledger = await opened()
    await Promise.all(Array.from({ length: 500 }, (_, i) => ledger.append(line(i + 1))))
    const seen = lines()
      .slice(0, -1)
      .map((text) => (JSON.parse(text) as RewardLine).update)
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    await ledger.close()
  })

  it('lets a decision linger, and writes it before the reward that follows', async () => {
    const decision = { v: 1, kind: 'decision', id: 'd1', route: 'R1' } as DecisionLine
    const ledger = await opened()
    ledger.note(decision)
    expect(clock.waiting).toBe(1)
    await ledger.append(line(1))
    expect(clock.waiting).toBe(0)
    expect(
      lines()
        .slice(0, -1)
        .map((text) => (JSON.parse(text) as { kind: string }).kind),
    ).toEqual(['decision', 'reward'])
    ledger.note(decision)
    await clock.advance(LINGER_MS)
    await ledger.close()
    expect(lines().slice(0, -1)).toHaveLength(3)
  })

  it('ends a torn last line wherever it was torn, tells of it, and touches nothing before it', async () => {
    const path = join(folder, 'deep', 'l.ndjson')
    const whole = await opened()
    await whole.append(line(1))
    await whole.append(line(2))
    await whole.close()
    const bytes = readFileSync(path)
    const firstEnd = bytes.indexOf(10) + 1
    for (let cut = firstEnd + 1; cut < bytes.length; cut += 1) {
      writeFileSync(path, bytes)
      truncateSync(path, cut)
      const facts = recordedFacts<RouterFact>()
      const ledger = await opened(facts)
      expect(facts.ofKind('router.ledger-torn')).toHaveLength(1)
      await ledger.append(line(3))
      await ledger.close()
      const [first, torn, last] = lines()
      expect(first).toBe(JSON.stringify(line(1)))
      expect(bytes.toString('utf8', firstEnd)).toContain(torn)
      expect(last).toBe(JSON.stringify(line(3)))
    }
  })

  it('is appended to by several at once, a line never inside another', async () => {
    const several = await Promise.all(Array.from({ length: 4 }, () => opened()))
    await Promise.all(
      several.map(async (ledger, writer) => {
        for (let i = 0; i < 200; i += 1) await ledger.append(line(writer * 1_000 + i))
        await ledger.close()
      }),
    )
    const seen = lines()
      .slice(0, -1)
      .map((text) => (JSON.parse(text) as RewardLine).update)
    expect(new Set(seen).size).toBe(800)
  })

  it('goes on without a file that cannot be opened, and takes it up when it can', async () => {
    writeFileSync(join(folder, 'deep'), 'a file where the folder should be')
    const facts = recordedFacts<RouterFact>()
    const ledger = await opened(facts)
    await ledger.append(line(1))
    expect(facts.ofKind('router.ledger-failed')).toHaveLength(2)
    rmSync(join(folder, 'deep'))
    await ledger.append(line(2))
    await ledger.close()
    expect(lines()).toEqual([JSON.stringify(line(2)), ''])
  })
})
