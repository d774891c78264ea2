import { once } from 'node:events'
import { join } from 'node:path'
import { inspectLock } from '@holdfast/file-lock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../fixtures/cli.fixture.ts'
import { makePlaces, type Places } from '../fixtures/data-directory.fixture.ts'
import { holderOf } from '../fixtures/locks.fixture.ts'

let places: Places
beforeAll(async () => {
  places = await makePlaces()
})
afterAll(() => places[Symbol.dispose]())

describe('holdfast locks', () => {
  it('lists who holds what, the dead as such, and says how to free what they held', async () => {
    const { code, out, err } = await runCli(['locks', 'list'], places.fresh())
    expect(code).toBe(0)
    expect(out).toMatch(/^anr_autopromo +dead holder +process \d+ /m)
    expect(err).toContain('next: holdfast locks break anr_autopromo')
  })

  it('names a lock so that a shell takes it for one word, whatever it is called', async () => {
    const place = places.fresh()
    const holder = await holderOf(join(place.dataDir, 'runs $(id) 1'))
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const { err } = await runCli(['locks', 'list'], place)
    expect(err).toContain("next: holdfast locks break 'runs $(id) 1'\n")
    const doctor = await runCli(['doctor'], place)
    expect(doctor.out).toContain("holdfast locks break 'runs $(id) 1'\n")
  })

  it('tells names whole where there is no terminal, for whoever takes them from a pipe', async () => {
    const place = places.fresh()
    const name = join('deep', 'a'.repeat(90))
    const holder = await holderOf(join(place.dataDir, name))
    try {
      const { out } = await runCli(['locks', 'list'], place, { env: { COLUMNS: '80' } })
      const names = out.split('\n').map((line) => line.split(/ +/)[0])
      expect(names).toEqual(['LOCK', 'anr_autopromo', name, ''])
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
  })

  it('breaks the lock of a dead holder after a yes, and nothing in a dry run', async () => {
    const place = places.fresh()
    const state = async () => (await inspectLock(join(place.dataDir, 'anr_autopromo'))).state
    const dry = await runCli(['locks', 'break', 'anr_autopromo', '--dry-run'], place)
    expect([dry.code, await state()]).toEqual([0, 'held'])
    expect(dry.out).toContain('- take the lock "anr_autopromo" from process')
    const { code, out } = await runCli(['locks', 'break', 'anr_autopromo', '--yes'], place)
    expect([code, await state()]).toEqual([0, 'free'])
    expect(out).toMatch(/was taken from process \d+, and is free/)
  })

  it('breaks the lock of one that lives only for its typed name, wherever it lies', async () => {
    const place = places.fresh()
    const path = join(place.dataDir, 'deep', 'router')
    const holder = await holderOf(path)
    try {
      const asked = await runCli(['locks', 'break', 'deep/router', '--yes'], place)
      expect([asked.code, (await inspectLock(path)).state]).toEqual([9, 'held'])
      expect(asked.err).toContain('--confirm deep/router')
      const told = await runCli(
        ['locks', 'break', 'deep/router', '--confirm', 'deep/router'],
        place,
      )
      expect([told.code, (await inspectLock(path)).state]).toEqual([0, 'free'])
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
  })

  it('says which locks there are when none has the name, or nobody holds it', async () => {
    const place = places.fresh()
    const unknown = await runCli(['locks', 'break', 'router'], place)
    expect([unknown.code, unknown.err]).toEqual([
      3,
      expect.stringContaining('there are: anr_autopromo'),
    ])
    await runCli(['locks', 'break', 'anr_autopromo', '--yes'], place)
    const free = await runCli(['locks', 'break', 'anr_autopromo', '--yes'], place)
    expect([free.code, free.err]).toEqual([3, expect.stringContaining('nobody holds')])
  })
})
