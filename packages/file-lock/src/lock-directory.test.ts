import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { freeToken, type FreeToken } from './entry-name.ts'
import { create, look, move, stampOf } from './lock-directory.ts'
import { owner } from './owner.fixture.ts'

const fresh = scratch()
const token = freeToken(7, 'b')
const draw = (): Promise<FreeToken> => Promise.resolve(token)

/** The place of a lock that is not there yet, and everything beside and in it. */
function place() {
  const parent = fresh()
  const directory = join(parent, 'state.json.lock')
  const rest = (): unknown => [namesIn(parent), namesIn(directory)]
  return { directory, rest }
}

describe('making a lock directory', () => {
  it('makes it with its token, and leaves nothing beside it', async () => {
    const { directory, rest } = place()
    expect(await create(directory, draw, owner())).toBe(true)
    expect(rest()).toEqual([['state.json.lock'], [token.name]])
  })

  it('leaves an empty one alone: that is how proper-lockfile holds a lock', async () => {
    const { directory, rest } = place()
    mkdirSync(directory)
    const before = stampOf(directory)
    expect(await create(directory, draw, owner())).toBe(false)
    expect([rest(), stampOf(directory)]).toEqual([[['state.json.lock'], []], before])
  })

  it('replaces an empty one only if it is still the one that was meant', async () => {
    const { directory, rest } = place()
    mkdirSync(directory)
    expect(await create(directory, draw, owner(), () => false)).toBe(false)
    expect(rest()).toEqual([['state.json.lock'], []])
    expect(await create(directory, draw, owner(), () => true)).toBe(true)
    expect(rest()).toEqual([['state.json.lock'], [token.name]])
  })

  it('never replaces one with something in it, whatever was believed of it', async () => {
    const { directory, rest } = place()
    mkdirSync(directory)
    writeFileSync(join(directory, 'f1.9.b'), '')
    expect(await create(directory, draw, owner(), () => true)).toBe(false)
    expect(await create(directory, draw, owner())).toBe(false)
    expect(rest()).toEqual([['state.json.lock'], ['f1.9.b']])
  })

  it('leaves nothing behind where it fails', async () => {
    const parent = fresh()
    const directory = join(parent, 'missing', 'state.json.lock')
    await expect(create(directory, draw, owner())).rejects.toThrow(/ENOENT/)
    expect(namesIn(parent)).toEqual([])
  })
})

describe('moving the token', () => {
  it('is done once, by whoever comes first with the exact name', async () => {
    const { directory } = place()
    await create(directory, draw, owner())
    expect(move(directory, token.name, 'f1.8.b')).toBe(true)
    expect(move(directory, token.name, 'f1.9.b')).toBe(false)
    expect(namesIn(directory)).toEqual(['f1.8.b'])
  })

  it('is not done where the directory is gone', () => {
    const { directory } = place()
    expect(move(directory, token.name, 'f1.8.b')).toBe(false)
    expect(look(directory)).toEqual({ kind: 'absent' })
  })
})

describe('the stamp of a directory', () => {
  it('changes when something in it does, and is null without one', async () => {
    const { directory } = place()
    expect(stampOf(directory)).toBeNull()
    mkdirSync(directory)
    const before = stampOf(directory)
    expect(stampOf(directory)).toBe(before)
    await create(directory, draw, owner(), () => true)
    expect(stampOf(directory)).not.toBe(before)
  })
})
