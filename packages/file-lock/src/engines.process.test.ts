import { join } from 'node:path'
import { scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { ENGINES, startServants } from './process.fixture.ts'
import { openWitness, report } from './witness.fixture.ts'

const EACH = 2
const TIMES = 200
const directory = scratch()

describe(`processes on different engines, ${EACH} on each, ${TIMES} times each`, () => {
  it('exclude one another, and lose nothing', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    openWitness(at)
    const servants = await startServants(ENGINES.length * EACH)
    try {
      const answers = servants.map((servant, index) => {
        const options = { engine: ENGINES[index % ENGINES.length] ?? 'direct' }
        return servant.ask({ do: 'visit', at, path, options, times: TIMES })
      })
      for (const answer of await Promise.all(answers)) expect(answer).toEqual({})
    } finally {
      for (const servant of servants) await servant.kill()
    }
    const stays = ENGINES.length * EACH * TIMES
    expect(report(at)).toEqual({ stays, overlaps: 0, lostUpdates: 0, fencesFallen: 0 })
  })
})
