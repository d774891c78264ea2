import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../fixtures/cli.fixture.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { asked, said, stateOf } from '../fixtures/rollout-calls.fixture.ts'
import type { Piloted } from './pilot.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

describe('holdfast pilot', () => {
  it.each([
    ['pilot --auto --dry-run --require-tri', 'holdfast promote auto --require-tri --dry-run', 10],
    ['pilot --auto', 'holdfast promote auto', 25],
    ['pilot --stage 25 --yes', "holdfast promote to 25 --reason 'set by hand'", 25],
    ['pilot --rollback', 'holdfast rollback', 0],
  ])('%s does what %s does, and says so on standard error', async (line, form, stage) => {
    const place = places.fresh()
    const { code, err, out } = await said(line, place)
    expect([code, (await stateOf(place)).stage]).toEqual([0, stage])
    expect(err).toContain(form)
    expect(out).not.toBe('')
    const { data, warnings } = await asked<Piloted>(`${line} --dry-run`, places.fresh())
    expect(data.form).toContain(form)
    expect(warnings.join()).toContain(form)
  })

  it('says it so that a shell runs nothing of a reason', async () => {
    const reason = "costs $HOME `id` and ana's time"
    const { err } = await runCli(['pilot', '--rollback', '--reason', reason], places.fresh())
    const quoted = "'costs $HOME `id` and ana'\\''s time'"
    expect(err).toContain(`holdfast rollback --reason ${quoted}`)
  })

  it('has the exit code of what it stands for, and takes one of the three', async () => {
    const place = places.fresh()
    expect((await said('pilot --stage 75 --yes', place)).code).toBe(4)
    expect((await said('pilot --stage 25', place)).code).toBe(9)
    expect((await said('pilot', place)).code).toBe(2)
    expect((await said('pilot --auto --rollback', place)).code).toBe(2)
  })

  it('goes on with a configuration that cannot be used for a rollback only', async () => {
    const place = places.fresh()
    writeFileSync(join(place.folder, 'holdfast.json'), '{"version":1,"gates":{"rsi":85}}')
    const named = `--data-dir ${place.dataDir}`
    for (const line of ['pilot --auto', 'pilot --stage 25 --yes']) {
      const { code, err } = await said(`${line} ${named}`, place)
      expect([line, code, err]).toEqual([line, 2, expect.stringContaining('gates.rsi')])
    }
    expect((await stateOf(place)).stage).toBe(10)
    expect((await said(`pilot --rollback ${named}`, place)).code).toBe(0)
    expect((await stateOf(place)).stage).toBe(0)
  })
})
