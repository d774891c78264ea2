import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lacking } from '@holdfast/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_NOBODY, NOBODY } from '../fixtures/cli.fixture.ts'
import type { LocksListed } from './locks-list.ts'
import type { BackedUp } from './state-backup.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

/** A place that others can come to, with one directory that only root may use. */
function closedAt(...path: string[]): { readonly place: Place; readonly closed: string } {
  const place = places.fresh()
  const closed = join(place.dataDir, ...path)
  for (const above of [dirname(place.folder), place.folder, place.dataDir]) chmodSync(above, 0o755)
  chmodSync(closed, 0o700)
  return { place, closed }
}

function ask(args: string, { folder, dataDir }: Place): { code: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync('setpriv', [...AS_NOBODY, ...args.split(' ')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOLDFAST_DATA_DIR: dataDir },
    encoding: 'utf8',
  })
  return { code: status, out: stdout + stderr }
}

const missing = lacking({ programs: ['setpriv'], root: true })

describe.skipIf(missing !== '')(`another user${missing}`, () => {
  it('is told of a data directory that is closed to him, whose it is and how to go on', () => {
    const { place, closed } = closedAt()
    const told = `${closed} is closed to user ${NOBODY}: it belongs to root, with mode 700`
    for (const args of ['status', 'report daily', 'state show']) {
      const { code, out } = ask(args, place)
      expect([code, out]).toEqual([1, expect.stringContaining(told)])
      expect(out).toContain('try: sudo holdfast …')
    }
  })

  it('is told by doctor of that alone, because nothing else can be looked at', () => {
    const { place, closed } = closedAt()
    const { code, out } = ask('doctor --json', place)
    const { findings } = (
      JSON.parse(out) as { data: { findings: { level: string; seen: string }[] } }
    ).data
    expect(code).toBe(11)
    expect(findings.filter(({ level }) => level !== 'ok').map(({ seen }) => seen)).toEqual([
      `${closed} is closed to user ${NOBODY}: it belongs to root, with mode 700`,
    ])
  })

  it('is told of the part that is closed to him, and never that it is not there or broken', () => {
    for (const [part, args, wanted] of [
      ['ledger', 'report daily', 5],
      ['rollout', 'status', 1],
      ['rollout', 'doctor', 11],
      ['learned', 'doctor', 11],
      ['learned/lessons', 'state show', 1],
    ] as const) {
      const { place, closed } = closedAt(part)
      const { code, out } = ask(args, place)
      expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([
        wanted,
        expect.stringContaining(`${closed} is closed to user ${NOBODY}`),
      ])
    }
  })

  it('is told that a file may not be looked at, rather than that there is none', () => {
    const { place, closed } = closedAt('ledger', 'archive', '2026-05')
    // Its names may be read, and nothing else of its files.
    chmodSync(closed, 0o744)
    expect(ask('ledger stats', place).out).toContain(`${closed} is closed to user ${NOBODY}`)
    const { out } = ask('doctor', place)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      `clock it cannot be looked at: ${closed} is closed`,
    )
  })

  it('is told of the directory, where a name in it may not be changed and the file itself is open', () => {
    const place = places.fresh()
    giveAway(place.folder)
    const logs = join(place.dataDir, 'ops', 'logs')
    chmodSync(logs, 0o555)
    const { code, out } = ask('receipts prune --older-than 1h --yes', place)
    expect([code, out]).toEqual([1, expect.stringContaining(`${logs} is closed to user ${NOBODY}`)])
    expect(out).toContain(`with mode 555`)
    expect(out).toContain(`try: chmod u+rwx ${logs}`)
    expect(ask('receipts verify', place).code).toBe(0)
  })

  it('sees the locks there are beside a directory that is closed to him, and is told of it unless it is the disk’s own', () => {
    const place = places.fresh()
    giveAway(place.folder)
    const closed = (name: string): void => mkdirSync(join(place.dataDir, name), { mode: 0o700 })
    const list = (): unknown => {
      const { code, out } = ask('locks list --json', place)
      const { data, warnings } = JSON.parse(out) as { data: LocksListed; warnings: string[] }
      return [code, data.locks.map(({ name }) => name), warnings]
    }
    const { code: status } = ask('status', place)
    // As at the top of every disk that a data directory may be.
    closed('lost+found')
    expect(list()).toEqual([0, ['anr_autopromo'], []])
    const { out } = ask('doctor', place)
    expect(out).not.toContain('cannot be looked at')
    expect(out).not.toContain('lost+found')
    closed('own')
    const told = expect.stringMatching(/own is closed to user 65534: .*: locks in it are not seen/)
    expect(list()).toEqual([0, ['anr_autopromo'], [told]])
    expect(ask('status', place).code).toBe(status)
    expect(ask('doctor', place).out.replaceAll(/\s+/g, ' ')).toContain('locks in it are not seen')
  })

  it('gets a backup where an old one cannot be removed: it is told, and stands in the way of nothing', () => {
    const place = places.fresh()
    const { folder, dataDir } = place
    giveAway(folder)
    const backups = join(dataDir, 'state_backups')
    const [old = ''] = readdirSync(backups)
    // Its files are root's, as of a backup that was once taken with sudo.
    chownSync(join(backups, old, 'learned', 'lessons'), 0, 0)
    const config = ['--config', join(folder, 'one.json'), '--json']
    writeFileSync(join(folder, 'one.json'), '{"version":1,"keep":{"stateBackups":1}}')
    const told = expect.stringContaining('cannot be removed: EACCES')
    for (let turn = 0; turn < 2; turn += 1) {
      const { code, out } = ask(['state backup', ...config].join(' '), place)
      const { data, warnings } = JSON.parse(out) as { data: BackedUp; warnings: string[] }
      expect([code, warnings]).toEqual([10, [told]])
      expect(data).toMatchObject({ isTaken: true, kind: 'sound' })
      expect(readdirSync(backups).filter((name) => !name.startsWith('.'))).toContain(data.id)
    }
    const { code, out } = ask(['state restore latest --yes', ...config].join(' '), place)
    expect([code, (JSON.parse(out) as { warnings: string[] }).warnings]).toEqual([0, [told]])
  })
})

/** Makes a place the other user's. */
function giveAway(folder: string): void {
  chmodSync(dirname(folder), 0o755)
  for (const path of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, path), NOBODY, NOBODY)
  }
}
