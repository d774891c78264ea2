import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, replaceJson } from '@holdfast/atomic-json'
import { recordedFacts } from '@holdfast/seams/testing'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { SharedJsonFact } from './facts.ts'
import { readSharedJson } from './read.ts'
import { tallySchema, type Tally } from './schema.fixture.ts'
import { unchanged, updateSharedJson } from './update.ts'

const directory = scratch()
const fenced = { fenced: true } as const
const one = (tally: Tally = { count: 0 }): Tally => ({ count: tally.count + 1 })
const never = (): never => {
  throw new Error('change was called')
}
const tooMuch = (): Tally => ({ count: 10 ** 20 })
const valuesIn = (at: string): string[] =>
  namesIn(at).filter((name) => name.endsWith('.json') || name.includes('corrupt'))

describe('a file kept under fences', () => {
  it('has the fence of the lock in its name, and readers find it', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    await updateSharedJson(path, one, fenced)
    const { fence, file } = await updateSharedJson(path, one, fenced)
    expect(file).toBe(join(at, `state.${fence}.json`))
    expect(valuesIn(at)).toEqual([`state.${fence}.json`])
    const found = { kind: 'ok', value: { count: 2 }, fence }
    expect(await readJson(path, fenced)).toMatchObject(found)
    expect(await readSharedJson(path, fenced)).toMatchObject(found)
  })

  it('is not overwritten by a holder that was replaced after its last look at the lock', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    const { fence } = await updateSharedJson(path, one, fenced)
    const facts = recordedFacts<SharedJsonFact>()
    // The schema is asked about the new value between that look and the write.
    const schema = tallySchema(async (value) => {
      if ((value as Tally).count === 2)
        await replaceJson(path, { count: 50 }, { fence: fence + 1000 })
    })
    await expect(
      updateSharedJson(path, one, { ...fenced, schema, observe: facts.observe }),
    ).rejects.toMatchObject({ code: 'JSON_STALE_FENCE' })
    expect(await readSharedJson(path, fenced)).toMatchObject({ value: { count: 50 } })
    expect(valuesIn(at)).toEqual([`state.${fence + 1000}.json`])
    expect(facts.ofKind('shared-json.updated')).toEqual([])
  })

  it('goes on from a lower fence kept as a generation when the highest is broken', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    const options = { ...fenced, generations: 1, onCorrupt: 'backup', default: never } as const
    await updateSharedJson(path, one, options)
    const { file } = await updateSharedJson(path, one, options)
    writeFileSync(file, '{')
    await expect(updateSharedJson(path, one, fenced)).rejects.toMatchObject({
      code: 'JSON_CORRUPT',
    })
    const facts = recordedFacts<SharedJsonFact>()
    const { value } = await updateSharedJson(path, one, { ...options, observe: facts.observe })
    expect(value).toEqual({ count: 2 })
    expect(facts.ofKind('json.corrupt')).toHaveLength(1)
  })
})

describe('a file that was kept without fences', () => {
  it('is found, becomes fence 0 with the first change, and counts as its generation', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    const options = { ...fenced, generations: 1 }
    await replaceJson(path, { count: 1 })
    expect(await readSharedJson(path, fenced)).toMatchObject({ value: { count: 1 } })
    await updateSharedJson<Tally>(path, (): typeof unchanged => unchanged, options)
    expect(valuesIn(at)).toEqual(['state.json'])

    const facts = recordedFacts<SharedJsonFact>()
    const { fence } = await updateSharedJson(path, one, { ...options, observe: facts.observe })
    expect(valuesIn(at)).toEqual(['state.0.json', `state.${fence}.json`])
    expect(await readJson(path, fenced)).toMatchObject({ value: { count: 2 } })
    const adopted = { kind: 'shared-json.adopted', path, file: join(at, 'state.0.json') }
    expect(facts.ofKind('shared-json.adopted')).toEqual([adopted])
  })

  it('is still there, under fence 0, when its first change could not be written', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    await replaceJson(path, { count: 1 })
    await expect(
      updateSharedJson(path, tooMuch, { ...fenced, maxBytes: 13 }),
    ).rejects.toMatchObject({ code: 'JSON_TOO_LARGE' })
    expect(valuesIn(at)).toEqual(['state.0.json'])
    expect(await readSharedJson(path, fenced)).toMatchObject({ value: { count: 1 }, fence: 0 })
  })

  it('wins over its own generations', async () => {
    const path = join(directory(), 'state.json')
    const options = { generations: 1, onCorrupt: 'backup', default: never } as const
    await updateSharedJson(path, one, options)
    await updateSharedJson(path, one, options)
    const { value } = await updateSharedJson(path, one, { ...options, ...fenced })
    expect(value).toEqual({ count: 3 })
  })

  it('is followed through a link, which goes on leading to the fences', async () => {
    const at = directory()
    mkdirSync(join(at, 'real'))
    symlinkSync('real/first.json', join(at, 'state.json'))
    const path = join(at, 'state.json')
    await updateSharedJson(path, one)
    await updateSharedJson(path, one, fenced)
    const { fence } = await updateSharedJson(path, one, fenced)
    expect(valuesIn(join(at, 'real'))).toEqual([`first.${fence}.json`])
    expect(await readSharedJson(path, fenced)).toMatchObject({ value: { count: 3 } })
  })

  it('stays where it is when it is broken', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, '{')
    await expect(updateSharedJson(path, never, fenced)).rejects.toMatchObject({
      code: 'JSON_CORRUPT',
    })
    expect(readFileSync(path, 'utf8')).toBe('{')
  })
})

describe('a file that some keep under fences and some do not', () => {
  it('is refused to those who do not, instead of starting from nothing', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    await updateSharedJson(path, one, fenced)
    const before = valuesIn(at)
    const refused = { code: 'SHARED_JSON_MIXED', path }
    await expect(updateSharedJson(path, never)).rejects.toMatchObject(refused)
    await expect(readSharedJson(path)).rejects.toMatchObject(refused)
    expect(valuesIn(at)).toEqual(before)
  })

  it('is refused to all while it is there in both ways, and nothing is lost', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    await updateSharedJson(path, one, fenced)
    await replaceJson(path, { count: 99 })
    const refused = { code: 'SHARED_JSON_MIXED', path }
    await expect(updateSharedJson(path, never, fenced)).rejects.toMatchObject(refused)
    await expect(readSharedJson(path, fenced)).rejects.toMatchObject(refused)
    expect(await readJson(path)).toMatchObject({ value: { count: 99 } })
    rmSync(path)
    expect(await updateSharedJson(path, one, fenced)).toMatchObject({ value: { count: 2 } })
  })
})

describe('readSharedJson', () => {
  it('says that there is no file', async () => {
    const path = join(directory(), 'state.json')
    expect(await readSharedJson(path)).toMatchObject({ kind: 'missing', path })
    expect(await readSharedJson(path, fenced)).toMatchObject({ kind: 'missing', path })
  })

  it('finds a file that is given its fence while it looks', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    await replaceJson(path, { count: 1 })
    const reading = readSharedJson(path, fenced)
    // Its first look, for fences, is over by now.
    renameSync(path, join(at, 'state.0.json'))
    expect(await reading).toMatchObject({ kind: 'ok', value: { count: 1 }, fence: 0 })
  })

  it('refuses a broken file, and options under which one would vanish', async () => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, '')
    await expect(readSharedJson(path)).rejects.toMatchObject({ code: 'JSON_CORRUPT' })
    await expect(readSharedJson(path, { onCorrupt: 'backup' })).rejects.toThrow(/^default must/)
  })
})
