import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { startServant } from './process.fixture.ts'
import { readJson } from './read.ts'
import { replaceJsonSync } from './replace.ts'

const TIMES = 1500
const directory = scratch()

describe('a reader that moves bad files aside while a writer mends them', () => {
  it('never takes a good file away: what was kept is bad, and the last word is in place', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    replaceJsonSync(path, { count: 0 })
    await using servant = await startServant()
    const race = { isOver: false }
    const writer = servant.ask({ do: 'break-and-mend', path, times: TIMES }).then((answer) => {
      race.isOver = true
      return answer
    })
    let moved = 0
    while (!race.isOver) {
      const read = await readJson(path, { onCorrupt: 'backup' })
      if (read.kind === 'invalid' && read.keptAt !== null) moved += 1
    }
    expect(await writer).toMatchObject({ done: TIMES })
    expect(await readJson(path)).toMatchObject({ kind: 'ok', value: { count: TIMES } })
    const kept = namesIn(at).filter((name) => name.includes('.corrupt-'))
    expect(moved).toBeGreaterThan(0)
    expect(kept).toHaveLength(moved)
    for (const name of kept) expect(readFileSync(join(at, name), 'utf8')).toMatch(/^\{"count":\d+$/)
    expect(namesIn(at)).toHaveLength(moved + 1)
  })
})
