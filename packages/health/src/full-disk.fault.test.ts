import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, namesIn, run, scratch } from '@holdfast/test-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { createHealth, directoryWritable, diskSpace, type Health } from './index.ts'

const KIB = 1024
const missing = lacking({ programs: ['mount', 'umount'], root: true })
const newDirectory = scratch()
const mounted: string[] = []

afterEach(() => {
  for (const path of mounted.splice(0)) run('umount', path)
})

/** A disk of 1 MiB with room for so many files. */
function smallDisk(files: number): string {
  const path = join(newDirectory(), 'disk')
  mkdirSync(path)
  run('mount', '-t', 'tmpfs', '-o', `size=1m,nr_inodes=${files}`, 'tmpfs', path)
  mounted.push(path)
  return path
}

function watched(path: string): Health {
  const health = createHealth()
  const limits = { warnBelowBytes: 600 * KIB, criticalBelowBytes: 300 * KIB }
  health.add('disk', diskSpace({ path, ...limits }), { failAfter: 1, okAfter: 1 })
  health.add('writable', directoryWritable({ path }), { failAfter: 1, okAfter: 1, groups: [] })
  return health
}

const fresh = { maxAgeMs: 0 }

describe(`a disk that fills up${missing}`, () => {
  it.skipIf(missing !== '')('is ok, then degraded, then critical, and ok again', async () => {
    const path = smallDisk(100)
    const health = watched(path)
    const file = join(path, 'data')
    expect((await health.report('ready', fresh)).status).toBe('ok')
    writeFileSync(file, Buffer.alloc(500 * KIB))
    expect((await health.report('ready', fresh)).status).toBe('degraded')
    writeFileSync(file, Buffer.alloc(800 * KIB))
    expect(await health.report('ready', fresh)).toMatchObject({
      status: 'critical',
      checks: { disk: { message: `${path}: 224.0 KiB free of 1.0 MiB` } },
    })
    writeFileSync(file, '')
    expect((await health.report('ready', fresh)).status).toBe('ok')
  })

  it.skipIf(missing !== '')('cannot be written, and no file stays behind', async () => {
    const path = smallDisk(100)
    const health = watched(path)
    expect((await health.report(undefined, fresh)).checks['writable']?.status).toBe('ok')
    expect(namesIn(path)).toEqual([])
    writeFileSync(join(path, 'data'), Buffer.alloc(1024 * KIB))
    expect((await health.report(undefined, fresh)).checks['writable']).toMatchObject({
      status: 'critical',
      message: expect.stringContaining('ENOSPC'),
    })
    expect(namesIn(path)).toEqual(['data'])
  })

  it.skipIf(missing !== '')(
    'is critical without room for another file, whatever its size',
    async () => {
      const path = smallDisk(3)
      const health = watched(path)
      writeFileSync(join(path, 'one'), '')
      expect((await health.report('ready', fresh)).status).toBe('ok')
      writeFileSync(join(path, 'two'), '')
      expect(await health.report('ready', fresh)).toMatchObject({
        status: 'critical',
        checks: { disk: { message: expect.stringContaining('no room for another file') } },
      })
      expect((await health.report(undefined, fresh)).checks['writable']?.status).toBe('critical')
    },
  )
})

const user = process.getuid?.() === 0 ? ' (skipped: root may write everywhere)' : ''

describe(`a directory that must not be written${user}`, () => {
  it.skipIf(user !== '')('is critical', async () => {
    const path = newDirectory()
    chmodSync(path, 0o500)
    expect((await watched(path).report(undefined, fresh)).checks['writable']).toMatchObject({
      status: 'critical',
      message: expect.stringContaining('EACCES'),
    })
  })
})
