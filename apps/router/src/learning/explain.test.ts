import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findInLedger } from './explain.ts'
import type { RewardLine } from './ledger.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'))
  path = join(folder, 'ledger.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

const START_MS = Date.UTC(2026, 0, 1)
const at = (ms: number): string => new Date(START_MS + ms).toISOString()
const idOf = (number: number): string => `id-${String(number).padStart(7, '0')}`

/** As long as a usual one. */
const decision = (number: number, ms: number): string =>
  `${JSON.stringify({ v: 1, kind: 'decision', id: idOf(number), t: at(ms), route: 'R1', filler: 'x'.repeat(200) })}\n`
const reward = (number: number, ms: number, part: RewardLine['part'] = 'immediate'): string =>
  `${JSON.stringify({ v: 1, kind: 'reward', id: idOf(number), t: at(ms), part })}\n`

const find = (number: number, ms = 0) => findInLedger(path, idOf(number), START_MS + ms)

describe('a decision in the ledger', () => {
  it('is found with its rewards, in the order they came, wherever it lies in some MiB', async () => {
    const count = 30_000
    const lines = Array.from({ length: count }, (_, i) => decision(i, i) + reward(i, i))
    // Its later part comes at the very end.
    writeFileSync(path, lines.join('') + reward(0, count, 'later') + reward(17_000, count, 'later'))
    for (const number of [0, 1, 4_321, 17_000, count - 1]) {
      const { decision: found, rewards } = await find(number, number)
      expect(found).toMatchObject({ id: idOf(number), kind: 'decision' })
      const isTwice = number === 0 || number === 17_000
      expect(rewards.map(({ part }) => part)).toEqual(
        isTwice ? ['immediate', 'later'] : ['immediate'],
      )
    }
  })

  it('is whole wherever a part that is read at once begins', async () => {
    const target = decision(1, 0)
    for (let offset = 0; offset <= target.length + 1; offset += 1) {
      // What follows it is a MiB less than `offset`, so that the part begins within its line.
      const after = `${'y'.repeat(1024 * 1024 - 1 - offset)}\n`
      writeFileSync(path, decision(0, 0) + target + after)
      expect((await find(1)).decision).toMatchObject({ id: idOf(1) })
    }
  })

  it('is found though lines are torn, before, after and in the middle', async () => {
    const torn = decision(1, 0).slice(0, 40)
    writeFileSync(path, `${torn}\n${decision(1, 0)}${torn}\n`)
    appendFileSync(path, `${reward(1, 5)}null\n7\n"${idOf(1)}"\n${reward(1, 6).slice(0, 30)}`)
    const { decision: found, rewards } = await find(1)
    expect(found).toMatchObject({ id: idOf(1) })
    expect(rewards).toHaveLength(1)
  })

  it('has its rewards also where a quicker process wrote one before it', async () => {
    writeFileSync(path, `${reward(1, 0)}${`${'y'.repeat(1023)}\n`.repeat(1024)}${decision(1, 1)}`)
    const { rewards } = await find(1)
    expect(rewards).toHaveLength(1)
  })

  it('that is not there is nothing, and is not looked for in what is older than it', async () => {
    const old = Array.from({ length: 20_000 }, (_, i) => decision(i, i))
    writeFileSync(path, old.join(''))
    expect(await find(99_999)).toEqual({ decision: null, rewards: [] })
    // Were the older parts read, the first line would be found in them.
    const muchLaterMs = 600_000
    appendFileSync(path, decision(50_000, muchLaterMs))
    expect(await find(0, muchLaterMs)).toEqual({ decision: null, rewards: [] })
  })

  it('of a ledger that is empty, or was taken away, is nothing', async () => {
    expect(await find(1)).toEqual({ decision: null, rewards: [] })
    writeFileSync(path, '')
    expect(await find(1)).toEqual({ decision: null, rewards: [] })
  })
})
