import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../fixtures/cli.fixture.ts'
import { hashesOf, makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { holderOf } from '../fixtures/locks.fixture.ts'
import type { Place } from '../fixtures/place.fixture.ts'
import { teach } from '../fixtures/state.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

async function state(
  place: Place,
  ...args: string[]
): Promise<{ code: number | null; data: Data; message: string; warnings: readonly string[] }> {
  const { code, out, err } = await runCli(['state', ...args, '--json'], place)
  const { data, error, warnings } = JSON.parse(out === '' ? err : out) as {
    data: Data
    error?: { message: string }
    warnings: readonly string[]
  }
  return { code, data, message: error?.message ?? '', warnings }
}

interface Data {
  readonly kind: string
  readonly problems: readonly string[]
  readonly id: string
  readonly path: string
  readonly decisions: number
  readonly removed: readonly string[]
  readonly backup: string
  readonly keptAt: string
  readonly backups: readonly {
    readonly id: string
    readonly kind: string
    readonly proof: string
    readonly problems: readonly string[]
  }[]
  readonly routes: readonly unknown[]
  readonly decisionsSince: number
}

const learned = ({ dataDir }: Place): string => join(dataDir, 'learned')

/** The files that hold lessons. */
function segments(place: Place): string[] {
  const folder = join(learned(place), 'lessons')
  return readdirSync(folder).map((name) => join(folder, name))
}

function breakState(place: Place): void {
  writeFileSync(join(learned(place), 'snapshot.99.bin'), 'no snapshot')
}

/** Another byte in the middle of the only segment of the newest backup. */
function breakBackup({ dataDir }: Place, id: string): void {
  const folder = join(dataDir, 'state_backups', id, 'learned', 'lessons')
  const path = join(folder, readdirSync(folder)[0] ?? '')
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 0x55
  writeFileSync(path, bytes)
}

describe('holdfast state', () => {
  it('tells a missing state from one that cannot be opened', async () => {
    const place = places.fresh()
    expect(await state(place, 'show')).toMatchObject({
      code: 0,
      data: { kind: 'sound', decisions: 60 },
    })
    breakState(place)
    expect(await state(place, 'show')).toMatchObject({ code: 8, data: { kind: 'broken' } })
    rmSync(learned(place), { recursive: true })
    expect(await state(place, 'show')).toMatchObject({ code: 3, data: { kind: 'missing' } })
    expect(await state(place, 'backup')).toMatchObject({ code: 3 })
  })

  it('leaves nothing behind where there is nothing to back up', async () => {
    const { folder } = places.fresh()
    const dataDir = join(folder, 'empty')
    mkdirSync(dataDir)
    expect(await state({ folder, dataDir }, 'backup')).toMatchObject({ code: 3 })
    expect(readdirSync(dataDir)).toEqual([])
  })

  it('takes nothing but garbage, and nothing but empty files, for no sound state', async () => {
    for (const rest of ['x'.repeat(300), '']) {
      const place = places.fresh()
      for (const path of segments(place)) writeFileSync(path, rest)
      expect(await state(place, 'show')).toMatchObject({
        code: 10,
        data: { kind: 'damaged', decisions: 0 },
      })
    }
  })

  it('misses the lessons of one file that was emptied, and none of one that was never written', async () => {
    const place = places.fresh()
    const [first = ''] = segments(place)
    writeFileSync(join(learned(place), 'lessons', 'just-opened.0.log'), '')
    expect(await state(place, 'show')).toMatchObject({ code: 0, data: { kind: 'sound' } })
    writeFileSync(first, '')
    expect(await state(place, 'show')).toMatchObject({
      code: 10,
      data: { kind: 'damaged', problems: [expect.stringContaining(`${first} is empty`)] },
    })
    const { data } = await state(place, 'backup')
    expect(data.kind).toBe('damaged')
    expect(await state(place, 'verify')).toMatchObject({
      code: 8,
      data: { backups: [{ kind: 'damaged', problems: [expect.stringContaining('is empty')] }] },
    })
  })

  it('keeps a state that cannot be opened as it is, when it is told to, and pushes out no good one for it', async () => {
    const place = places.fresh()
    const [good] = (await state(place, 'list')).data.backups
    breakState(place)
    expect(await state(place, 'backup')).toMatchObject({ code: 8 })
    for (let i = 0; i < 8; i += 1) await state(place, 'backup', '--as-is')
    const { backups } = (await state(place, 'list')).data
    expect(backups.map(({ proof }) => proof)).toEqual([
      ...Array.from({ length: 7 }, () => 'as-is'),
      'sound',
    ])
    expect(backups.at(-1)?.id).toBe(good?.id)
  })

  it('finds a backup that cannot be opened: the worst where no other is sound', async () => {
    const place = places.fresh()
    const [good] = (await state(place, 'list')).data.backups
    breakState(place)
    await state(place, 'backup', '--as-is')
    for (const which of [['--all'], []]) {
      expect(await state(place, 'verify', ...which)).toMatchObject({
        code: 10,
        data: {
          backups: [{ kind: 'as-is', problems: [expect.any(String)] }, ...which.map(() => ({}))],
        },
      })
    }
    rmSync(join(place.dataDir, 'state_backups', good?.id ?? ''), { recursive: true })
    for (const which of [['--all'], []]) {
      expect(await state(place, 'verify', ...which)).toMatchObject({ code: 8 })
    }
  })

  it('keeps the newest seven', async () => {
    const place = places.fresh()
    const [first] = (await state(place, 'list')).data.backups
    for (let i = 0; i < 6; i += 1) expect((await state(place, 'backup')).data.removed).toEqual([])
    expect((await state(place, 'backup')).data.removed).toEqual([first?.id])
    expect((await state(place, 'list')).data.backups).toHaveLength(7)
  })

  it('never removes the one just taken, also where a clock that was ahead has named seven of a later time', async () => {
    const place = places.fresh()
    const first = (await state(place, 'list')).data.backups[0]?.id ?? ''
    const folder = join(place.dataDir, 'state_backups')
    for (let day = 1; day <= 7; day += 1) {
      cpSync(join(folder, first), join(folder, `anr_state_2099010${day}_000000`), {
        recursive: true,
      })
    }
    const planned = (await state(place, 'backup', '--dry-run')).data
    const taken = await state(place, 'backup')
    expect(taken).toMatchObject({ code: 0, data: { id: planned.id, removed: planned.removed } })
    expect(taken.data.removed).toEqual(['anr_state_20990101_000000', first])
    expect(taken.warnings).toEqual([expect.stringContaining('later time')])
    expect((await state(place, 'list')).data.backups[0]?.id).toBe(taken.data.id)
    // What was learned since is in the newest, so that is what `latest` has to be.
    expect((await state(place, 'restore', 'latest', '--yes')).data.decisions).toBe(60)
  })

  it('finds a byte that was changed in a backup, and does not restore it', async () => {
    const place = places.fresh()
    const { id } = (await state(place, 'backup')).data
    breakBackup(place, id)
    expect(await state(place, 'verify')).toMatchObject({
      code: 8,
      data: { backups: [{ id, kind: 'bad', problems: [expect.stringContaining('was changed')] }] },
    })
    const before = hashesOf(place.dataDir)
    expect(await state(place, 'restore', id, '--yes')).toMatchObject({ code: 8 })
    expect(hashesOf(place.dataDir)).toEqual(before)
  })

  it('says by route what was learned since, and between two backups', async () => {
    const place = places.fresh()
    const since = await state(place, 'diff', 'latest')
    expect(since.data).toMatchObject({
      decisionsSince: 20,
      routes: [
        { route: 'R1', pulls: { from: 30, to: 45 }, meanReward: { from: 0.5, to: 0.5 } },
        { route: 'R2', pulls: { from: 10, to: 15 }, meanReward: { from: 0.75, to: 0.75 } },
      ],
    })
    const [old] = (await state(place, 'list')).data.backups
    const { id } = (await state(place, 'backup')).data
    expect((await state(place, 'diff', id, old?.id ?? '')).data.decisionsSince).toBe(-20)
  })

  it('restores a copy, takes a backup of what was there, and keeps its files', async () => {
    const place = places.fresh()
    const restored = await state(place, 'restore', 'latest', '--yes')
    expect(restored).toMatchObject({ code: 0, data: { decisions: 40 } })
    expect((await state(place, 'show')).data.decisions).toBe(40)
    expect(existsSync(restored.data.keptAt)).toBe(true)
    await teach(place.dataDir, 5, 5000)
    expect(await state(place, 'show')).toMatchObject({ data: { kind: 'sound', decisions: 45 } })
    // And back again.
    expect(await state(place, 'restore', restored.data.backup, '--yes')).toMatchObject({ code: 0 })
    expect((await state(place, 'show')).data.decisions).toBe(60)
    expect(await state(place, 'verify', '--all')).toMatchObject({ code: 0 })
  })

  it('restores over a state that cannot be opened, and over none', async () => {
    const place = places.fresh()
    breakState(place)
    const { data } = await state(place, 'restore', 'latest', '--yes')
    expect((await state(place, 'show')).data).toMatchObject({ kind: 'sound', decisions: 40 })
    const kept = (await state(place, 'list')).data.backups.find(({ id }) => id === data.backup)
    expect(kept?.proof).toBe('as-is')
    rmSync(learned(place), { recursive: true })
    expect(await state(place, 'restore', 'latest', '--yes')).toMatchObject({ code: 0 })
    expect((await state(place, 'show')).data.decisions).toBe(40)
  })

  it('says that there is no sound backup, where the latest of them was wanted', async () => {
    const place = places.fresh()
    rmSync(join(place.dataDir, 'state_backups'), { recursive: true })
    const { code, message } = await state(place, 'restore', 'latest', '--yes')
    expect([code, message]).toEqual([3, expect.stringContaining('there is no sound backup in ')])
  })

  it('neither restores nor resets while a router has the directory, and changes nothing', async () => {
    const place = places.fresh()
    const holder = await holderOf(join(place.dataDir, 'router'))
    try {
      const before = hashesOf(place.dataDir)
      for (const args of [
        ['restore', 'latest', '--yes'],
        ['restore', 'latest', '--dry-run'],
        ['reset', '--confirm', 'learned'],
      ]) {
        const { code, message } = await state(place, ...args)
        expect([code, message]).toEqual([6, expect.stringContaining(`process ${holder.pid}`)])
      }
      expect(hashesOf(place.dataDir)).toEqual(before)
      // A backup is for just then.
      expect(await state(place, 'backup')).toMatchObject({ code: 0, data: { decisions: 60 } })
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
    expect(await state(place, 'restore', 'latest', '--yes')).toMatchObject({ code: 0 })
  })

  it('forgets everything for the typed name only, and can have it back', async () => {
    const place = places.fresh()
    expect(await state(place, 'reset', '--yes')).toMatchObject({ code: 9 })
    expect(await state(place, 'reset', '--confirm', 'something')).toMatchObject({ code: 130 })
    const { code, data } = await state(place, 'reset', '--confirm', 'learned')
    expect([code, existsSync(learned(place)), existsSync(data.keptAt)]).toEqual([0, false, true])
    expect(await state(place, 'restore', data.backup, '--yes')).toMatchObject({ code: 0 })
    expect((await state(place, 'show')).data.decisions).toBe(60)
  })

  it('opens a state with a torn end, and names a backup by a part of its name', async () => {
    const place = places.fresh()
    const folder = join(learned(place), 'lessons')
    appendFileSync(join(folder, readdirSync(folder)[0] ?? ''), Buffer.from([40, 0, 0]))
    expect(await state(place, 'show')).toMatchObject({ data: { kind: 'sound', decisions: 60 } })
    const { id } = (await state(place, 'backup')).data
    expect((await state(place, 'verify', id.slice('anr_state_'.length))).data.backups[0]?.id).toBe(
      id,
    )
    expect(await state(place, 'verify', 'nothing')).toMatchObject({ code: 3 })
  })
})
