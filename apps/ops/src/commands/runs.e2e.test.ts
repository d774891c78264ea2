import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Envelope } from '../envelope.ts'
import { runCli, type Call } from '../fixtures/cli.fixture.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

/** The data of a call's answer. */
async function dataOf(args: readonly string[], place: Place, call?: Call): Promise<unknown> {
  const { out } = await runCli([...args, '--json'], place, call)
  return (JSON.parse(out) as Envelope).data
}

describe('holdfast runs', () => {
  it('shows how far each stage is', async () => {
    expect(await dataOf(['runs', 'show'], places.fresh())).toEqual({
      stages: [
        {
          stage: 'import',
          firstRun: 100,
          contiguous: 102,
          attempted: 109,
          startRun: 109,
          done: 7,
          absent: 0,
          failed: 2,
          waiting: 0,
          missing: 3,
        },
      ],
    })
  })

  it('lists gaps, and how many of them failed', async () => {
    const { out } = await runCli(['runs', 'gaps'], places.fresh())
    expect(out.split('\n').slice(1, 3)).toEqual([
      'import   103  103     1       1',
      'import   106  107     2       1',
    ])
  })

  it('plans retries by the policy that it is given', async () => {
    const place = places.fresh()
    const planned = await dataOf(['runs', 'retry'], place)
    expect(planned).toMatchObject({ stages: [{ due: [], givenUp: [103], permanent: [106] }] })
    const { out } = await runCli(
      ['runs', 'retry', '--attempts', '9', '--wait', '1ms', '--list'],
      place,
    )
    expect(out).toBe('103\n')
  })

  it('says which stage has no state', async () => {
    const { code, err } = await runCli(['runs', 'show', '--stage', 'migrate'], places.fresh())
    expect([code, err]).toEqual([3, expect.stringContaining('migrator_state.json')])
  })

  it('names the way out of a state that cannot be trusted', async () => {
    const place = places.fresh()
    writeFileSync(join(place.dataDir, 'importer_state.json'), '{"last_con')
    const { code, err } = await runCli(['runs', 'show'], place)
    expect([code, err]).toEqual([
      8,
      expect.stringContaining('holdfast runs recover --stage import'),
    ])
  })
})

describe('holdfast runs recover', () => {
  const recover = ['runs', 'recover', '--stage', 'import', '--source', 'all.txt', '--yes']

  it('makes the state anew from listings, one of them on standard input, and keeps what was there', async () => {
    const place = places.fresh()
    const before = readFileSync(join(place.dataDir, 'importer_state.json'), 'utf8')
    const input = '100\n101\n102\n103\n105\n'
    const recovered = await dataOf([...recover, '--destination', '-'], place, { input })
    expect(recovered).toMatchObject({
      contiguous: 103,
      attempted: 105,
      failures: [104],
      isDone: true,
    })
    expect(readFileSync(join(place.dataDir, 'import_failures.log'), 'utf8')).toBe('104\n')
    const kept = readdirSync(place.dataDir).find((name) =>
      /^importer_state\.json\..*\.bak$/.test(name),
    )
    expect(readFileSync(join(place.dataDir, kept ?? ''), 'utf8')).toBe(before)
  })

  it('recovers from a corrupt state too', async () => {
    const place = places.fresh()
    writeFileSync(join(place.dataDir, 'importer_state.json'), '')
    expect((await runCli([...recover, '--destination', 'done.txt'], place)).code).toBe(0)
    expect(await dataOf(['runs', 'show'], place)).toMatchObject({ stages: [{ contiguous: 102 }] })
  })

  it('refuses a listing with a line that is no run, and names the line', async () => {
    const place = places.fresh()
    writeFileSync(join(place.folder, 'bad.txt'), '100\nten\n')
    const { code, err } = await runCli([...recover, '--destination', 'bad.txt'], place)
    expect([code, err]).toEqual([2, expect.stringContaining('line 2 "ten"')])
  })

  it('refuses two listings on standard input, and one that is not there', async () => {
    const place = places.fresh()
    const both = ['runs', 'recover', '--stage', 'import', '--source', '-', '--destination', '-']
    expect((await runCli([...both, '--yes'], place, { input: '' })).code).toBe(2)
    expect((await runCli([...recover, '--destination', 'none.txt'], place)).code).toBe(3)
  })
})
