import { once } from 'node:events'
import { chmodSync, existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Envelope } from '../envelope.ts'
import { runCli } from '../fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { holderOf } from '../fixtures/locks.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import type { Diagnosed } from './doctor.ts'

const isRoot = process.getuid?.() === 0

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

async function doctor(place: Place, env = {}): Promise<{ code: number | null; data: Diagnosed }> {
  const { code, out } = await runCli(['doctor', '--json'], place, { env })
  return { code, data: (JSON.parse(out) as Envelope & { data: Diagnosed }).data }
}

/** What is not ok, as `area: level`. */
const bad = ({ findings }: Diagnosed): string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ area, level }) => `${area}: ${level}`)

/** Mode, owner, size and time of every file and directory, locks left out where a living process keeps them fresh. */
function marksOf(folder: string, withLocks: boolean): Record<string, unknown> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name))
  const seen = [folder, ...paths].filter((path) => withLocks || !/\.lock(?:\/|$)/.test(path))
  return Object.fromEntries(
    seen
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((path) => {
        const { mode, uid, size, mtimeMs, ctimeMs, ino } = lstatSync(path)
        return [relative(folder, path), { mode, uid, size, mtimeMs, ctimeMs, ino }]
      }),
  )
}

describe('holdfast doctor', () => {
  it('changes nothing, not even a time, whatever it finds', async () => {
    const spoilt = places.fresh()
    writeFileSync(join(spoilt.dataDir, 'learned', 'snapshot.9.bin'), 'no snapshot')
    writeFileSync(join(spoilt.dataDir, 'rollout.json'), '{')
    for (const { folder, dataDir } of [places.fresh(), spoilt]) {
      const before = [hashesOf(folder), marksOf(folder, true)]
      await doctor({ folder, dataDir })
      expect([hashesOf(folder), marksOf(folder, true)]).toEqual(before)
    }
  })

  it('changes nothing while a router runs', async () => {
    const place = places.fresh()
    const holder = await holderOf(join(place.dataDir, 'router'))
    try {
      const before = [hashesOf(place.folder), marksOf(place.folder, false)]
      const { data } = await doctor(place)
      expect(data.findings.some(({ area }) => area === 'router')).toBe(true)
      expect([hashesOf(place.folder), marksOf(place.folder, false)]).toEqual(before)
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
  })

  it('looks at everything, and says of each finding that is not ok what to run next', async () => {
    const { data } = await doctor(places.fresh())
    expect(new Set(data.findings.map(({ area }) => area)).size).toBe(11)
    const fine = data.findings.filter(({ level }) => level === 'ok')
    expect(fine.filter(({ next }) => next !== null)).toEqual([])
  })

  it('calls a state broken that cannot be opened, and one missing that a backup has', async () => {
    const place = places.fresh()
    const learned = join(place.dataDir, 'learned')
    writeFileSync(join(learned, 'snapshot.9.bin'), 'no snapshot')
    const broken = await doctor(place)
    expect([broken.code, broken.data.isReady]).toEqual([8, false])
    expect(bad(broken.data)).toContain('state: problem')
    rmSync(learned, { recursive: true })
    const missing = await doctor(place)
    expect(missing.data.findings.find(({ area }) => area === 'state')).toMatchObject({
      level: 'problem',
      next: 'holdfast state restore latest',
    })
    expect(missing.data.seedCode).toBeGreaterThan(0)
    expect(existsSync(learned)).toBe(false)
  })

  it('calls a state broken out of which nothing comes', async () => {
    for (const rest of ['x'.repeat(300), '']) {
      const place = places.fresh()
      const lessons = join(place.dataDir, 'learned', 'lessons')
      for (const name of readdirSync(lessons)) writeFileSync(join(lessons, name), rest)
      const { code, data } = await doctor(place)
      expect([code, data.isReady, data.seedCode]).toEqual([8, false, 2])
      expect(data.findings.find(({ area }) => area === 'state')).toMatchObject({
        seen: expect.stringContaining('nothing comes out of it'),
        next: 'holdfast state restore latest',
      })
    }
  })

  it('says what the variables of this shell mean together, and tells no value', async () => {
    const env = { NOVA_ANR_KILL: '1', NOVA_SECRET: 'do-not-tell' }
    const { data } = await doctor(places.fresh(), env)
    const said = JSON.stringify(data)
    expect(said).toContain(
      'NOVA_ANR_KILL, NOVA_SECRET are set: a router started from here answers everyone by its guardrail (kill switch)',
    )
    expect(said).not.toContain('do-not-tell')
  })

  it.skipIf(isRoot || process.platform === 'win32')(
    `says that a state cannot be written, by asking and not by trying${isRoot ? ' (skipped: root may write everything)' : ''}`,
    async () => {
      const place = places.fresh()
      const path = join(place.dataDir, 'learned', 'lessons')
      chmodSync(path, 0o500)
      try {
        const { code, data } = await doctor(place)
        expect([code, data.seedCode]).toEqual([11, 2])
        expect(JSON.stringify(data.findings)).toContain(`${path} is read-only`)
      } finally {
        chmodSync(path, 0o700)
      }
    },
  )

  it('names the lock of a dead owner, and how to break it', async () => {
    const { data } = await doctor(places.fresh())
    const locks = data.findings.filter(({ area }) => area === 'locks')
    expect(locks).toContainEqual(
      expect.objectContaining({ level: 'warning', next: 'holdfast locks break anr_autopromo' }),
    )
  })
})
