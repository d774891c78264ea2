/** Whose memory, how much there is, and how much is in use. */
export interface Memory {
  readonly of: 'control group' | 'the machine'
  readonly limitBytes: number
  /** Without what the system would give up at once. */
  readonly usedBytes: number
}

/** Reads a file of text; rejects where there is none. */
export type ReadText = (path: string) => Promise<string>

/**
 * The memory of this process' control group if it has a limit, else that of the machine; null where neither is told,
 * as outside Linux. Of the groups above it, which limit it too, the fullest counts.
 *
 * Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst; proc(5), /proc/meminfo. What is in use is
 * what Kubernetes calls the working set: usage less `inactive_file`.
 */
export async function readMemory(read: ReadText): Promise<Memory | null> {
  const machine = machineMemory(await textOf(read, '/proc/meminfo'))
  const groups = await Promise.all(
    placesOf(await textOf(read, '/proc/self/cgroup')).map((place) => groupMemory(read, place)),
  )
  const limited = groups
    .filter((group) => group !== null)
    // A limit above what the machine has is none. Version 1 writes "no limit" as a number near 2⁶³.
    .filter(({ limitBytes }) => limitBytes < (machine?.limitBytes ?? 2 ** 60))
    .toSorted((a, b) => b.usedBytes / b.limitBytes - a.usedBytes / a.limitBytes)
  return limited[0] ?? machine
}

interface Place {
  readonly folder: string
  readonly version: 1 | 2
}

const ROOTS = { 1: '/sys/fs/cgroup/memory', 2: '/sys/fs/cgroup' } as const

/**
 * Where the limits of this process are, from `/proc/self/cgroup`: its group and all above it. In a container the path may be
 * the host's and not be there; the root of the mount, which is always among them, is then its own group.
 */
export function placesOf(cgroups: string): Place[] {
  return cgroups.split('\n').flatMap((line) => {
    const [, controllers, path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    const version = controllers === '' ? 2 : 1
    if (controllers === undefined) return []
    if (version === 1 && !controllers.split(',').includes('memory')) return []
    const names = path.split('/').filter((name) => name !== '' && name !== '..')
    return Array.from({ length: names.length + 1 }, (_, count): Place => ({
      folder: [ROOTS[version], ...names.slice(0, count)].join('/'),
      version,
    }))
  })
}

const FILES = {
  1: {
    limit: 'memory.limit_in_bytes',
    usage: 'memory.usage_in_bytes',
    cached: 'total_inactive_file',
  },
  2: { limit: 'memory.max', usage: 'memory.current', cached: 'inactive_file' },
} as const

async function groupMemory(read: ReadText, { folder, version }: Place): Promise<Memory | null> {
  const { limit, usage, cached } = FILES[version]
  const [limitText, usageText, stat] = await Promise.all(
    [limit, usage, 'memory.stat'].map((file) => textOf(read, `${folder}/${file}`)),
  )
  const limitBytes = numberIn(limitText)
  const usageBytes = numberIn(usageText)
  if (limitBytes === null || limitBytes === 0 || usageBytes === null) return null
  const cachedBytes = field(stat, new RegExp(`^${cached} (\\d+)$`, 'm')) ?? 0
  return { of: 'control group', limitBytes, usedBytes: Math.max(0, usageBytes - cachedBytes) }
}

function machineMemory(meminfo: string): Memory | null {
  const total = field(meminfo, /^MemTotal:\s+(\d+) kB$/m)
  const available = field(meminfo, /^MemAvailable:\s+(\d+) kB$/m)
  if (total === null || total === 0 || available === null) return null
  return { of: 'the machine', limitBytes: total * 1024, usedBytes: (total - available) * 1024 }
}

/** Empty for a file that is not there, which on another system is all of them. */
const textOf = (read: ReadText, path: string): Promise<string> => read(path).catch(() => '')

/** Null for `max`, which means no limit, and for nothing. */
const numberIn = (text = ''): number | null => field(text, /^(\d+)\s*$/)

function field(text: string | undefined, pattern: RegExp): number | null {
  const [, digits] = pattern.exec(text ?? '') ?? []
  return digits === undefined ? null : Number(digits)
}
