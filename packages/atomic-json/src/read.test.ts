import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFacts, VirtualClock } from '@holdfast/seams/testing'
import { namesIn, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { confirmAside, moveAside } from './aside.ts'
import type { JsonFact } from './facts.ts'
import type { ReadJsonOptions } from './options.ts'
import { identityOf } from './read-file.ts'
import { readJson, readJsonSync } from './read.ts'
import type { JsonRead } from './read-result.ts'
import { replaceJsonSync } from './replace.ts'

const directory = scratch()
const stamp = 'corrupt-20260101T000000.000Z'

/** A file with this content, in a directory of its own. */
function file(content?: string): { at: string; path: string } {
  const at = directory()
  const path = join(at, 'state.json')
  if (content !== undefined) writeFileSync(path, content)
  return { at, path }
}

describe.each([
  [
    'readJson',
    async (path: string, options: ReadJsonOptions<unknown>) => await readJson(path, options),
  ],
  [
    'readJsonSync',
    async (path: string, options: ReadJsonOptions<unknown>): Promise<JsonRead<unknown>> =>
      readJsonSync(path, options),
  ],
])('%s', (_, read) => {
  it('answers a whole value', async () => {
    const { path } = file('{"a":1}')
    expect(await read(path, {})).toEqual({
      kind: 'ok',
      path,
      reason: 'it is whole',
      value: { a: 1 },
      source: { kind: 'file' },
      generation: null,
      fence: null,
    })
  })

  it.each(['throw', 'answer', 'default'] as const)(
    'under %s: says that there is no file',
    async (onCorrupt) => {
      const { path } = file()
      const answer = await read(path, { onCorrupt, default: () => 0 })
      expect(answer).toEqual({ kind: 'missing', path, reason: 'there is no such file' })
      expect(await read(join(path, 'x', 'y'), {})).toMatchObject({ kind: 'missing' })
    },
  )

  it.each<[string, string, ReadJsonOptions<unknown>]>([
    ['empty', '', {}],
    ['empty', ' \n', {}],
    ['invalid', '{"a":', {}],
    ['invalid', '{"a":1}', { envelope: true }],
    [
      'checksum',
      '{"checksum":"crc32:00000000","generation":1,"value":1,"version":1}',
      { envelope: true },
    ],
    ['schema', '{"a":"1"}', { schema: z.object({ a: z.number() }) }],
    ['too-large', '"0123456789"', { maxBytes: 11 }],
  ])(
    'tells %s (%j), changing nothing, by an answer or by an error',
    async (kind, content, options) => {
      const { at, path } = file(content)
      const answer = await read(path, { ...options, onCorrupt: 'answer' })
      expect(answer).toMatchObject({ kind, path, reason: expect.stringMatching('.'), keptAt: null })
      await expect(read(path, options)).rejects.toMatchObject({
        code: 'JSON_CORRUPT',
        found: answer,
      })
      expect([namesIn(at), readFileSync(path, 'utf8')]).toEqual([['state.json'], content])
    },
  )

  it('says what the schema found, and answers what the schema makes of the value', async () => {
    const { path } = file('{"a":"x"}')
    const refusing = z.object({ a: z.number(), b: z.number() })
    expect(await read(path, { schema: refusing, onCorrupt: 'answer' })).toMatchObject({
      reason: expect.stringMatching(/^the schema refuses it: at a: .* \(and 1 more\)$/),
      issues: [{ path: ['a'] }, { path: ['b'] }],
    })
    const making = z.object({ a: z.string().transform((text) => text.length) })
    expect(await read(path, { schema: making })).toMatchObject({ value: { a: 1 } })
  })

  it('throws when the system gives no bytes: a directory, a pipe', async () => {
    const { at } = file()
    execFileSync('mkfifo', [join(at, 'pipe')])
    await expect(read(at, { onCorrupt: 'answer' })).rejects.toMatchObject({
      code: 'JSON_IS_DIRECTORY',
    })
    await expect(read(join(at, 'pipe'), { onCorrupt: 'answer' })).rejects.toMatchObject({
      code: 'JSON_NOT_READ',
    })
  })

  it('moves a bad file aside and goes on with the default, saying so', async () => {
    const { at, path } = file('{"a":')
    const facts = recordedFacts<JsonFact>()
    const options = { clock: new VirtualClock(), observe: facts.observe }
    const answer = await read(path, { ...options, onCorrupt: 'default', default: () => 'fresh' })
    const keptAt = `${path}.${stamp}`
    expect(answer).toMatchObject({
      kind: 'ok',
      value: 'fresh',
      source: { kind: 'default', instead: { kind: 'invalid', keptAt } },
    })
    expect(namesIn(at)).toEqual([`state.json.${stamp}`])
    expect(readFileSync(keptAt, 'utf8')).toBe('{"a":')
    expect(facts.all).toMatchObject([
      { kind: 'json.corrupt', path, found: 'invalid', keptAt },
      { kind: 'json.defaulted', path },
    ])
  })

  it('never moves a bad file over an earlier one', async () => {
    const { at, path } = file()
    const clock = new VirtualClock()
    for (const content of ['first', 'second', 'third']) {
      writeFileSync(path, content)
      await read(path, { clock, onCorrupt: 'backup' })
    }
    const kept = namesIn(at)
    expect(kept).toEqual([`state.json.${stamp}`, `state.json.${stamp}-1`, `state.json.${stamp}-2`])
    expect(kept.map((name) => readFileSync(join(at, name), 'utf8'))).toEqual([
      'first',
      'second',
      'third',
    ])
  })

  it('goes on with the newest generation that is whole, and puts it in place', async () => {
    const { at, path } = file('bad')
    writeFileSync(`${path}.bak.1`, '')
    writeFileSync(`${path}.bak.2`, '{"n":2}')
    writeFileSync(`${path}.bak.3`, '{"n":3}')
    const facts = recordedFacts<JsonFact>()
    const answer = await read(path, {
      clock: new VirtualClock(),
      observe: facts.observe,
      onCorrupt: 'backup',
      default: () => 'unused',
    })
    expect(answer).toMatchObject({
      kind: 'ok',
      value: { n: 2 },
      source: { kind: 'generation', file: `${path}.bak.2`, instead: { kind: 'invalid' } },
    })
    expect(facts.ofKind('json.recovered')).toMatchObject([{ path, file: `${path}.bak.2` }])
    expect(await read(path, {})).toMatchObject({ value: { n: 2 }, source: { kind: 'file' } })
    expect(namesIn(at)).toContain(`state.json.${stamp}`)
    // The next replacement must not push out the older generation for the same content.
    replaceJsonSync(path, { n: 5 }, { generations: 3 })
    expect(readFileSync(`${path}.bak.1`, 'utf8')).toBe('{"n":2}')
  })

  it('finds the generation also when a process died after it moved the bad file aside', async () => {
    const { path } = file()
    writeFileSync(`${path}.bak.1`, '{"n":1}')
    expect(await read(path, { onCorrupt: 'backup' })).toMatchObject({
      value: { n: 1 },
      source: { kind: 'generation', instead: { kind: 'missing' } },
    })
    expect(existsSync(path)).toBe(true)
  })

  it('answers what it found when there is neither generation nor default', async () => {
    const { path } = file('bad')
    const answer = await read(path, { clock: new VirtualClock(), onCorrupt: 'backup' })
    expect(answer).toMatchObject({ kind: 'invalid', keptAt: `${path}.${stamp}` })
    expect(await read(path, { onCorrupt: 'backup' })).toMatchObject({ kind: 'missing' })
  })

  it('moves the file that a link means, and leaves the link', async () => {
    const { at, path } = file('bad')
    symlinkSync('state.json', join(at, 'link.json'))
    await read(join(at, 'link.json'), { clock: new VirtualClock(), onCorrupt: 'backup' })
    expect(namesIn(at)).toEqual(['link.json', `state.json.${stamp}`])
    expect(existsSync(path)).toBe(false)
  })

  it('takes the file with the highest fence, by number and not by name', async () => {
    const { at, path } = file('"no fence"')
    writeFileSync(join(at, 'state.9.json'), '9\n')
    writeFileSync(join(at, 'state.10.json'), '10\n')
    expect(await read(path, { fenced: true })).toMatchObject({ value: 10, fence: 10, path })
    expect(await read(join(at, 'other.json'), { fenced: true })).toMatchObject({ kind: 'missing' })
  })

  it('falls back to generations of the highest fence, then to lower fences', async () => {
    const { at, path } = file()
    writeFileSync(join(at, 'state.10.json'), 'bad')
    writeFileSync(join(at, 'state.10.json.bak.1'), 'bad too')
    writeFileSync(join(at, 'state.9.json'), '9\n')
    const answer = await read(path, { fenced: true, onCorrupt: 'backup' })
    expect(answer).toMatchObject({
      value: 9,
      fence: 10,
      source: { file: join(at, 'state.9.json') },
    })
    expect(await read(path, { fenced: true })).toMatchObject({ value: 9, fence: 10 })
  })

  it.each<[ReadJsonOptions<unknown>, string]>([
    [{ onCorrupt: 'ignore' as 'throw' }, 'onCorrupt must be one of throw, answer, backup, default'],
    [{ onCorrupt: 'default' }, "default must be a function when onCorrupt is 'default'"],
    [{ default: 1 as unknown as () => 1 }, 'default must be a function, got 1'],
    [{ maxBytes: 0 }, 'maxBytes must be an integer from 1'],
  ])('names a bad option: %o', async (options, message) => {
    await expect(read(file().path, options)).rejects.toThrow(message)
    await expect(read('', {})).rejects.toThrow('path must be a string, not empty')
  })
})

const judgedIn = (path: string) => identityOf(path) ?? expect.fail('no such file')

describe('moving a bad file aside', () => {
  it('leaves a file that took its place since it was judged', () => {
    const { at, path } = file('bad')
    const judged = judgedIn(path)
    replaceJsonSync(path, 'good')
    expect(moveAside(path, judged, 0)).toEqual({ kind: 'changed' })
    expect(namesIn(at)).toEqual(['state.json'])
  })

  it('puts a good file back that was moved because its writer won the race', () => {
    const { at, path } = file('bad')
    const judged = judgedIn(path)
    writeFileSync(join(at, 'kept'), '"good"\n')
    linkSync(path, join(at, 'still-there'))
    execFileSync('rm', [path])
    expect(confirmAside(path, join(at, 'kept'), judged)).toEqual({ kind: 'changed' })
    expect(readFileSync(path, 'utf8')).toBe('"good"\n')
    expect(existsSync(join(at, 'kept'))).toBe(false)
  })

  it('does not put it back over a newer one', () => {
    const { at, path } = file('bad')
    const judged = judgedIn(path)
    writeFileSync(join(at, 'kept'), '"good"\n')
    replaceJsonSync(path, 'newer')
    expect(confirmAside(path, join(at, 'kept'), judged)).toEqual({ kind: 'changed' })
    expect(readFileSync(path, 'utf8')).toBe('"newer"\n')
    expect(namesIn(at)).toEqual(['state.json'])
  })

  it('takes another name where even a directory bears the first', () => {
    const { path } = file('bad')
    const judged = judgedIn(path)
    mkdirSync(`${path}.corrupt-19700101T000000.000Z`)
    expect(moveAside(path, judged, 0)).toMatchObject({ kind: 'kept' })
    expect(moveAside(path, judged, 0)).toEqual({ kind: 'changed' })
  })
})
