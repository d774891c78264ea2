import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../fixtures/cli.fixture.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

describe('holdfast config', () => {
  it('shows where every setting comes from', async () => {
    const place = places.fresh()
    const content = { version: 1, gates: { mode: 'statistical' }, keep: { receiptDays: 30 } }
    writeFileSync(join(place.folder, 'holdfast.json'), JSON.stringify(content))
    const env = { HOLDFAST_TOKEN: 'secret-token' }
    const { out } = await runCli(['config', 'show', '--origin', '--data-dir', 'x'], place, { env })
    expect(out).toMatch(/^dataDir +flag --data-dir /m)
    expect(out).toMatch(/^gates.mode +file +statistical$/m)
    expect(out).toMatch(/^keep.receiptDays +file +30$/m)
    expect(out).toMatch(/^gates.rsi +default +0.85$/m)
    expect(out).toContain('set by HOLDFAST_TOKEN')
    expect(out).not.toContain('secret-token')
  })

  it('refuses what cannot be used, also between fields, with 2', async () => {
    const place = places.fresh()
    for (const content of [
      { version: 1, gates: { rsi: 'high' } },
      { version: 1, gates: { mode: 'statistical', tri: 0.5 } },
    ]) {
      writeFileSync(join(place.folder, 'holdfast.json'), JSON.stringify(content))
      const { code, err } = await runCli(['config', 'validate'], place)
      expect([code, err]).toEqual([2, expect.stringContaining('cannot be used')])
    }
  })

  it('prints a schema that names every field, even beside a broken file', async () => {
    const place = places.fresh()
    writeFileSync(join(place.folder, 'holdfast.json'), '{')
    const { code, out } = await runCli(['config', 'schema'], place)
    const { properties, required } = JSON.parse(out) as { properties: object; required: string[] }
    expect([code, required]).toEqual([0, ['version']])
    expect(Object.keys(properties)).toContain('runbookUrl')
  })
})
