import { describe, expect, it } from 'vitest'
import {
  freeToken,
  heldToken,
  parseEntryName,
  parseOwner,
  printOwner,
  ticketOf,
} from './entry-name.ts'
import { owner } from './owner.fixture.ts'

describe('the name of a directory entry', () => {
  it('shows a person what it is', () => {
    expect(freeToken(41, 'abcdef0123').name).toBe('f1.41.abcdef0123')
    expect(heldToken(42, owner()).name).toBe(
      'h1.42.4711_4711_988012_0123456789_abcdef0123_init_direct_mjuohs00_00c0ffee0000',
    )
    expect(ticketOf(3, owner({ threadId: null, startedAt: null })).name).toBe(
      'w1.3.4711_-_-_0123456789_abcdef0123_init_direct_mjuohs00_00c0ffee0000',
    )
  })

  it('fits into 255 bytes when every field is as long as it can be', () => {
    const longest = owner({
      pid: 2 ** 32 - 1,
      threadId: 2 ** 32 - 1,
      startedAt: String(2n ** 64n - 1n),
      host: 'f'.repeat(10),
      boot: 'f'.repeat(10),
      space: 'f'.repeat(10),
      engine: 'proper-lockfile',
      sinceMs: -8.64e15 / 10,
    })
    const { name } = heldToken(Number.MAX_SAFE_INTEGER, longest)
    expect(parseEntryName(name)).toMatchObject({ owner: longest })
    // As a fresh directory it stands behind the name of the locked file, so there must be room left.
    expect(Buffer.byteLength(name)).toBeLessThan(150)
    expect(Buffer.byteLength(printOwner(longest))).toBeLessThan(125)
  })

  it.each([
    '',
    'f1',
    'f1.',
    'f1.7',
    'f1.7.',
    'f1.-7.b',
    'f1.7.5.b',
    'f1.x.b',
    'f.7.b',
    'F1.7.b',
    'x1.7.b',
    ' f1.7.b',
    'f1.7.b\n',
    'f1.7.b/c',
    'f1.9007199254740992.b',
    'f1.99999999999999999.b',
    'h1.7.b',
    'k.db',
    'k.db-journal',
    '.nfs0000000000000001',
  ])('is none of ours: %j', (name) => {
    expect(parseEntryName(name)).toBeNull()
  })

  it.each(['f2.7.b', 'h2.7.anything-at-all', 'h0.7.b', 'w10.7.b', 'f11.7.b'])(
    'is of another version: %s',
    (name) => {
      expect(parseEntryName(name)).toEqual({ kind: 'unknown-version', name })
    },
  )
})

describe('an owner in a name', () => {
  const text = printOwner(owner())

  it.each([
    ['a field is missing', text.slice(0, text.lastIndexOf('_'))],
    ['there is one too many', `${text}_more`],
    ['the process is no number', text.replace('4711', 'abc')],
    ['the engine is not in small letters', text.replace('direct', 'Direct')],
    ['it is empty', ''],
  ])('is refused when %s', (_, text) => {
    expect(parseOwner(text)).toBeNull()
  })
})
