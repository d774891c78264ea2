import { describe, expect, it } from 'vitest'
import { GIB, MIB } from './bytes.ts'
import { placesOf, readMemory } from './memory.ts'
import { memoryFinding, memoryPressure } from './memory-pressure.ts'

const MEMINFO = `MemTotal:       ${(16 * GIB) / 1024} kB
MemFree:          123456 kB
MemAvailable:   ${(4 * GIB) / 1024} kB
Buffers:           1000 kB
`

/** A machine with these files and no others. */
const machine =
  (files: Readonly<Record<string, string>>) =>
  async (path: string): Promise<string> => {
    const text = files[path]
    if (text === undefined) throw new Error(`ENOENT: ${path}`)
    return text
  }

describe('the memory that counts', () => {
  it('is that of the machine where no group limits it', async () => {
    expect(await readMemory(machine({ '/proc/meminfo': MEMINFO }))).toEqual({
      of: 'the machine',
      limitBytes: 16 * GIB,
      usedBytes: 12 * GIB,
    })
  })

  it('is that of a control group of version 2, without the cache it would give up', async () => {
    const read = machine({
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${GIB}\n`,
      '/sys/fs/cgroup/memory.current': `${700 * MIB}\n`,
      '/sys/fs/cgroup/memory.stat': `anon 1\nfile 2\ninactive_file ${200 * MIB}\nactive_file 3\n`,
    })
    expect(await readMemory(read)).toEqual({
      of: 'control group',
      limitBytes: GIB,
      usedBytes: 500 * MIB,
    })
  })

  it('is that of the fullest of the groups above', async () => {
    const groups = {
      '': { limit: 'max', used: 9 * GIB },
      '/kubepods': { limit: `${2 * GIB}`, used: 100 * MIB },
      '/kubepods/pod1': { limit: `${GIB}`, used: 0.9 * GIB },
      '/kubepods/pod1/box': { limit: `${3 * GIB}`, used: 0.8 * GIB },
    }
    const files = Object.fromEntries(
      Object.entries(groups).flatMap(([folder, { limit, used }]) => [
        [`/sys/fs/cgroup${folder}/memory.max`, `${limit}\n`],
        [`/sys/fs/cgroup${folder}/memory.current`, `${Math.floor(used)}\n`],
      ]),
    )
    const read = machine({ ...files, '/proc/self/cgroup': '0::/kubepods/pod1/box\n' })
    expect(await readMemory(read)).toMatchObject({ limitBytes: GIB })
  })

  it('is that of a control group of version 1', async () => {
    const folder = '/sys/fs/cgroup/memory'
    const read = machine({
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n',
      [`${folder}/memory.limit_in_bytes`]: `${512 * MIB}\n`,
      [`${folder}/memory.usage_in_bytes`]: `${500 * MIB}\n`,
      [`${folder}/memory.stat`]: `inactive_file 1\ntotal_inactive_file ${100 * MIB}\n`,
    })
    expect(await readMemory(read)).toEqual({
      of: 'control group',
      limitBytes: 512 * MIB,
      usedBytes: 400 * MIB,
    })
  })

  it('is that of the machine when the limit is "none", or more than there is', async () => {
    for (const limit of ['9223372036854771712', String(32 * GIB)]) {
      const read = machine({
        '/proc/meminfo': MEMINFO,
        '/proc/self/cgroup': '4:memory:/\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${limit}\n`,
        '/sys/fs/cgroup/memory/memory.usage_in_bytes': '5000\n',
      })
      expect(await readMemory(read)).toMatchObject({ of: 'the machine' })
    }
  })

  it('is not known where nothing tells it', async () => {
    expect(await readMemory(machine({}))).toBeNull()
  })
})

describe('the places of limits', () => {
  it('are the group and all above it, and never lead out of the mount', () => {
    expect(placesOf('0::/a/b\n').map(({ folder }) => folder)).toEqual([
      '/sys/fs/cgroup',
      '/sys/fs/cgroup/a',
      '/sys/fs/cgroup/a/b',
    ])
    expect(placesOf('0::/../../x\n').map(({ folder }) => folder)).toEqual([
      '/sys/fs/cgroup',
      '/sys/fs/cgroup/x',
    ])
    expect(placesOf('3:cpuset:/a\n1:cpu:/b\n')).toEqual([])
    expect(placesOf('')).toEqual([])
  })
})

describe('memory pressure', () => {
  const limits = { warnAtShare: 0.8, criticalAtShare: 0.95 }
  it.each([
    [0.799, 'ok'],
    [0.8, 'degraded'],
    [0.949, 'degraded'],
    [0.95, 'critical'],
    [1.2, 'critical'],
  ])('at %d is %s', (share, status) => {
    const memory = { of: 'the machine', limitBytes: 1_000, usedBytes: share * 1_000 } as const
    expect(memoryFinding(memory, limits).status).toBe(status)
  })

  it('says how much of what', () => {
    const memory = { of: 'control group', limitBytes: GIB, usedBytes: 0.8999 * GIB } as const
    expect(memoryFinding(memory, limits)).toMatchObject({
      message: '89.9 % of 1.0 GiB in use (control group)',
      details: { usedShare: 0.8999 },
    })
  })

  it.each<[object, string]>([
    [{ warnAt: 0.5 }, 'memoryPressure: warnAt is no option'],
    [{ warnAtShare: 80 }, 'warnAtShare must be from 0 to 1, got 80'],
    [{ warnAtShare: 0.9, criticalAtShare: 0.8 }, 'criticalAtShare must be from 0.9 to 1, got 0.8'],
  ])('%j: %s', (options, message) => {
    expect(() => memoryPressure(options)).toThrow(message)
  })
})
