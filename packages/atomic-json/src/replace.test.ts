import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { JsonFact } from './facts.ts'
import { LONGEST_LINE } from './line.ts'
import { readJson, readJsonSync } from './read.ts'
import { replaceJson, replaceJsonSync } from './replace.ts'

const directory = scratch()
const text = (path: string): string => readFileSync(path, 'utf8')

describe.each([
  ['replaceJson', replaceJson],
  ['replaceJsonSync', async (...args: Parameters<typeof replaceJson>) => replaceJsonSync(...args)],
])('%s', (_, replace) => {
  it('puts canonical JSON and one line end in place of the old content, and nothing beside it', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    writeFileSync(path, 'old')
    const written = await replace(path, { b: 'ö', a: 1 })
    expect(text(path)).toBe('{"a":1,"b":"ö"}\n')
    expect(written).toEqual({ kind: 'written', path, file: path, sizeBytes: 17, generation: null })
    expect(namesIn(at)).toEqual(['state.json'])
  })

  it('leaves the old file alone when the value has no JSON form, and names the place', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    writeFileSync(path, 'old')
    await expect(replace(path, { arms: [Number.NaN] })).rejects.toMatchObject({
      code: 'JSON_VALUE',
      jsonPath: '$.arms[0]',
    })
    expect([text(path), namesIn(at)]).toEqual(['old', ['state.json']])
  })

  it('leaves the old file alone when a reader with the schema would refuse the value', async () => {
    const path = join(directory(), 'state.json')
    const schema = z.object({ at: z.coerce.date() })
    await replace(path, { at: new Date(0) }, { schema })
    await expect(
      replace(path, { at: 'never' as unknown as Date }, { schema }),
    ).rejects.toMatchObject({
      code: 'JSON_SCHEMA',
      issues: [expect.objectContaining({ path: ['at'] })],
    })
    expect(readJsonSync(path, { schema })).toMatchObject({ value: { at: new Date(0) } })
  })

  it('keeps the mode of an existing file, and gives a new one the mode asked for', async () => {
    const path = join(directory(), 'state.json')
    await replace(path, 1, { mode: 0o640 })
    expect(statSync(path).mode & 0o777).toBe(0o640)
    chmodSync(path, 0o604)
    await replace(path, 2, { mode: 0o600 })
    expect(statSync(path).mode & 0o777).toBe(0o604)
  })

  it('keeps the mode under the next fence', async () => {
    const path = join(directory(), 'state.json')
    await replace(path, 1, { fence: 1, mode: 0o600 })
    await replace(path, 2, { fence: 2 })
    expect(statSync(path.replace('.json', '.2.json')).mode & 0o777).toBe(0o600)
  })

  it('writes the file that a symbolic link means, also one that is not there yet', async () => {
    const at = directory()
    mkdirSync(join(at, 'real'))
    symlinkSync('real/first.json', join(at, 'hop.json'))
    symlinkSync('hop.json', join(at, 'state.json'))
    for (const value of [1, 2]) {
      await replace(join(at, 'state.json'), value)
      expect(text(join(at, 'real', 'first.json'))).toBe(`${value}\n`)
    }
    expect(readlinkSync(join(at, 'state.json'))).toBe('hop.json')
    expect(namesIn(join(at, 'real'))).toEqual(['first.json'])
  })

  it('says that the directory is missing, and makes it on request', async () => {
    const path = join(directory(), 'a', 'b', 'state.json')
    await expect(replace(path, 1)).rejects.toMatchObject({ code: 'JSON_DIRECTORY_MISSING', path })
    await replace(path, 1, { createDirectory: true })
    expect(text(path)).toBe('1\n')
  })

  it('says that a directory stands in its place, that a file stands in the way, that links turn in a circle', async () => {
    const at = directory()
    symlinkSync('loop.json', join(at, 'loop.json'))
    writeFileSync(join(at, 'file'), '')
    await expect(replace(at, 1)).rejects.toMatchObject({ code: 'JSON_IS_DIRECTORY' })
    await expect(replace(join(at, 'file', 'x.json'), 1)).rejects.toMatchObject({
      code: 'JSON_DIRECTORY_MISSING',
    })
    await expect(replace(join(at, 'loop.json'), 1)).rejects.toMatchObject({
      code: 'JSON_NOT_WRITTEN',
      cause: expect.objectContaining({ code: 'ELOOP' }),
    })
    await expect(replace('/dev/null', 1)).rejects.toMatchObject({ code: 'JSON_NOT_WRITTEN' })
  })

  it('refuses more than a reader takes', async () => {
    const path = join(directory(), 'state.json')
    await replace(path, 'x'.repeat(10), { maxBytes: 13 })
    await expect(replace(path, 'x'.repeat(11), { maxBytes: 13 })).rejects.toMatchObject({
      code: 'JSON_TOO_LARGE',
    })
    expect(text(path)).toBe('"xxxxxxxxxx"\n')
  })

  it('numbers the contents of an envelope, also after the file was broken', async () => {
    const path = join(directory(), 'state.json')
    const options = { envelope: true, generations: 1 }
    expect(await replace(path, 'a', options)).toMatchObject({ generation: 1 })
    expect(await replace(path, 'b', options)).toMatchObject({ generation: 2 })
    writeFileSync(path, '{"chec')
    expect(await replace(path, 'c', { ...options, pretty: true })).toMatchObject({ generation: 2 })
    expect(readJsonSync(path, options)).toMatchObject({ kind: 'ok', value: 'c', generation: 2 })
  })

  it.each(['gzip', 'zstd'] as const)('packs with %s what is long enough', async (method) => {
    const path = join(directory(), 'state.json')
    const compress = { method, fromBytes: 100 }
    await replace(path, 'x'.repeat(96), { compress })
    expect(text(path)).toBe(`"${'x'.repeat(96)}"\n`)
    const { sizeBytes } = await replace(path, 'x'.repeat(1000), { compress })
    expect([sizeBytes, statSync(path).size < 100]).toEqual([statSync(path).size, true])
    expect(await readJson(path)).toMatchObject({ value: 'x'.repeat(1000) })
  })

  it('keeps as many earlier files as asked, newest first, and only whole ones', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<JsonFact>()
    const options = { generations: 2, observe: facts.observe }
    for (const value of [1, 2, 3, 4]) await replace(path, value, options)
    const kept = (): string[] => [1, 2].map((age) => text(`${path}.bak.${age}`))
    expect(kept()).toEqual(['3\n', '2\n'])
    writeFileSync(path, '{')
    await replace(path, 5, options)
    expect(kept()).toEqual(['3\n', '2\n'])
    expect(facts.ofKind('json.generation-skipped')).toMatchObject([{ path, found: 'invalid' }])
    await replace(path, 6, { ...options, generations: 1 })
    expect(kept()).toEqual(['5\n', '2\n'])
  })

  it('does not keep as a generation what its schema refuses', async () => {
    const path = join(directory(), 'state.json')
    await replace(path, 'a string', { generations: 1 })
    await replace<number>(path, 2, { generations: 1, schema: z.number() })
    expect(existsSync(`${path}.bak.1`)).toBe(false)
  })

  it('publishes under a fence, refuses a lower one, and removes the files of lower ones', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    expect(await replace(path, 'a', { fence: 9 })).toMatchObject({ file: join(at, 'state.9.json') })
    await replace(path, 'b', { fence: 10 })
    await replace(path, 'c', { fence: 10 })
    await expect(replace(path, 'd', { fence: 9 })).rejects.toMatchObject({
      code: 'JSON_STALE_FENCE',
    })
    expect(namesIn(at)).toEqual(['state.10.json'])
    await replace(path, 'e', { fence: 11, generations: 1 })
    expect(namesIn(at)).toEqual(['state.10.json', 'state.11.json'])
  })

  it('sweeps the temporary files of dead writers, and leaves all others', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    const clock = new VirtualClock()
    const leftover = (name: string, ageMs: number): string => {
      writeFileSync(join(at, name), 'half')
      const seconds = (clock.wallMs() - ageMs) / 1000
      utimesSync(join(at, name), seconds, seconds)
      return name
    }
    // No process has a pid this high: Linux ends at 2^22.
    const dead = leftover('.state.json.4194999.0123456789abcdef.tmp', 11 * 60_000)
    const fresh = leftover('.state.json.4194999.1123456789abcdef.tmp', 60_000)
    const living = leftover(`.state.json.${process.pid}.2123456789abcdef.tmp`, 11 * 60_000)
    const foreign = leftover('.other.json.4194999.0123456789abcdef.tmp', 11 * 60_000)
    const facts = recordedFacts<JsonFact>()
    await replace(path, 1, { clock, observe: facts.observe })
    expect(namesIn(at)).toEqual([foreign, fresh, living, 'state.json'].toSorted())
    expect(facts.ofKind('json.swept')).toEqual([{ kind: 'json.swept', path, files: 1 }])

    leftover(dead, 11 * 60_000)
    await replace(path, 2, { clock })
    expect(namesIn(at)).toContain(dead)
    await clock.advance(10 * 60_000)
    await replace(path, 3, { clock })
    expect(namesIn(at)).not.toContain(dead)
  })

  it('tells what it did, and what it could not do', async () => {
    const path = join(directory(), 'state.json')
    const facts = recordedFacts<JsonFact>()
    const clock = new VirtualClock()
    const options = { clock, observe: facts.observe }
    await replace(path, 1, { ...options, durability: 'none' })
    await expect(replace(path, 1n, options)).rejects.toThrow('$: a BigInt (1n) has no JSON form')
    await expect(replace(join(path, 'x'), 1, options)).rejects.toThrow('not written')
    expect(facts.all).toEqual([
      {
        kind: 'json.replaced',
        path,
        sizeBytes: 2,
        durability: 'none',
        generation: null,
        tookMs: 0,
      },
      { kind: 'json.write-failed', path, code: 'JSON_VALUE' },
      { kind: 'json.write-failed', path: join(path, 'x'), code: 'JSON_DIRECTORY_MISSING' },
    ])
  })

  it.each([
    [{ generations: -1 }, 'generations must be an integer from 0 to 100, got -1'],
    [{ maxBytes: 0.5 }, 'maxBytes must be an integer from 1 to 9007199254740991, got 0.5'],
    [{ fence: Number.NaN }, 'fence must be an integer from 0 to 9007199254740991, got NaN'],
    [{ mode: 0o10000 }, 'mode must be an integer from 0 to 4095, got 4096'],
    [{ durability: 'some' as 'full' }, 'durability must be one of full, atomic, none, got "some"'],
    [
      { compress: { method: 'lz4' as 'gzip' } },
      'compress.method must be one of gzip, zstd, got "lz4"',
    ],
  ])('names a bad option: %o', async (options, message) => {
    await expect(replace(join(directory(), 'x'), 1, options)).rejects.toThrow(message)
  })
})

describe('keeping generations', () => {
  it.each([
    ['took the place of', '{'],
    ['was removed instead of', null],
  ])('keeps nothing that %s the file judged whole', async (_, content) => {
    const path = join(directory(), 'state.json')
    writeFileSync(path, '"whole"')
    // The file is opened before the call returns, and kept after its bytes have come.
    const written = replaceJson(path, 2, { generations: 1 })
    rmSync(path)
    if (content !== null) writeFileSync(path, content)
    expect(await written).toMatchObject({ kind: 'written' })
    expect(namesIn(dirname(path))).toEqual(['state.json'])
  })
})

describe('replacing one file many times', () => {
  it('ends with the value of the last call, by whatever name it was called', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    symlinkSync('state.json', join(at, 'alias.json'))
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 40 }, async (_, call) => {
        const name = join(at, call % 2 === 0 ? 'state.json' : 'alias.json')
        await replaceJson(name, { call }, { durability: 'none' })
        order.push(call)
        expect(JSON.parse(text(path))).toMatchObject({ call: expect.any(Number) })
      }),
    )
    expect(order).toEqual(Array.from({ length: 40 }, (_, call) => call))
    expect(JSON.parse(text(path))).toEqual({ call: 39 })
  })

  it('writes the value as it was when the call was made', async () => {
    const path = join(directory(), 'state.json')
    const value = { count: 1 }
    const earlier = replaceJson(path, 0)
    const written = replaceJson(path, value)
    value.count = 2
    await Promise.all([earlier, written])
    expect(JSON.parse(text(path))).toEqual({ count: 1 })
  })

  it('lets the synchronous call win over all that were made before it, not over those after it', async () => {
    const at = directory()
    const path = join(at, 'state.json')
    const facts = recordedFacts<JsonFact>()
    const earlier = [1, 2, 3].map((value) => replaceJson(path, value, { observe: facts.observe }))
    replaceJsonSync(path, 'last words')
    const kinds = (await Promise.all(earlier)).map(({ kind }) => kind)
    expect(kinds).toEqual(['overtaken', 'overtaken', 'overtaken'])
    expect(facts.ofKind('json.overtaken')).toHaveLength(3)
    expect([text(path), namesIn(at)]).toEqual(['"last words"\n', ['state.json']])
    await replaceJson(path, 'later')
    expect(text(path)).toBe('"later"\n')
  })

  it('drops none of the earlier calls when the synchronous one failed', async () => {
    const path = join(directory(), 'state.json')
    const earlier = replaceJson(path, 1)
    expect(() => replaceJsonSync(path, 1n)).toThrow('BigInt')
    expect(await earlier).toMatchObject({ kind: 'written' })
  })

  it('refuses a call when a thousand are waiting', async () => {
    const path = join(directory(), 'state.json')
    const calls = Array.from({ length: LONGEST_LINE + 1 }, (_, call) =>
      replaceJson(path, call, { durability: 'none' }),
    )
    const results = await Promise.allSettled(calls)
    expect(results.at(-1)).toMatchObject({ reason: { code: 'JSON_QUEUE_FULL' } })
    expect(text(path)).toBe(`${LONGEST_LINE - 1}\n`)
  })

  it('writes nothing for a call whose signal is aborted before its turn', async () => {
    const path = join(directory(), 'state.json')
    const stop = new AbortController()
    const first = replaceJson(path, 1)
    const second = replaceJson(path, 2, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    await first
    expect(text(path)).toBe('1\n')
  })

  it('refuses a schema that answers later only where it cannot wait', async () => {
    const path = join(mkdtempSync(join(directory(), 'x')), 'state.json')
    const schema = z.number().refine(async (value) => value > 0)
    await replaceJson(path, 1, { schema })
    await expect(replaceJson(path, -1, { schema })).rejects.toMatchObject({ code: 'JSON_SCHEMA' })
    expect(() => replaceJsonSync(path, 1, { schema })).toThrow(TypeError)
    expect(await readJson(path, { schema })).toMatchObject({ value: 1 })
  })
})
