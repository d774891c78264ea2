import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { GIB, MIB, bytesText } from './bytes.ts'
import { diskSpace, spaceFinding } from './disk-space.ts'

const limits = { warnBelowBytes: GIB, criticalBelowBytes: 512 * MIB }
const space = (freeBytes: number, freeFiles = 100, totalFiles = 1_000) => ({
  freeBytes,
  totalBytes: 20 * GIB,
  freeFiles,
  totalFiles,
})

describe('room on a disk', () => {
  it.each([
    [GIB, 'ok'],
    [GIB - 1, 'degraded'],
    [512 * MIB, 'degraded'],
    [512 * MIB - 1, 'critical'],
    [0, 'critical'],
  ])('with %d bytes free is %s', (freeBytes, status) => {
    expect(spaceFinding('data', space(freeBytes), limits)).toMatchObject({ status })
  })

  it('without a free name of a file is critical, unless the file system counts none', () => {
    expect(spaceFinding('data', space(9 * GIB, 0), limits)).toEqual({
      status: 'critical',
      message: 'data: 9.0 GiB free of 20.0 GiB, but no room for another file',
      details: { path: 'data', ...space(9 * GIB, 0), ...limits },
    })
    expect(spaceFinding('data', space(9 * GIB, 0, 0), limits).status).toBe('ok')
  })

  it('is unknown where there is nothing', async () => {
    const check = diskSpace({ path: `${tmpdir()}/is-not-there` })
    expect(await check({ signal: new AbortController().signal })).toMatchObject({
      status: 'unknown',
      message: expect.stringContaining('ENOENT'),
    })
  })

  it.each<[object, string]>([
    [{}, 'path must be text that is not empty, got undefined'],
    [{ path: 'x', warnBelow: 5 }, 'diskSpace: warnBelow is no option'],
    [{ path: 'x', warnBelowBytes: -5 }, 'warnBelowBytes must be finite and ≥ 0, got -5'],
    [
      { path: 'x', warnBelowBytes: 5, criticalBelowBytes: 6 },
      'criticalBelowBytes must be from 0 to 5, got 6',
    ],
  ])('%j: %s', (options, message) => {
    expect(() => diskSpace(options as never)).toThrow(message)
  })

  it('warns below less than the critical limit only of itself', () => {
    expect(() => diskSpace({ path: 'x', warnBelowBytes: 5 })).not.toThrow()
  })
})

describe('a number of bytes, for people', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1.5 * GIB, '1.5 GiB'],
    [2 ** 60, '1024.0 PiB'],
  ])('%d is %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })
})
