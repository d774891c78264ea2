/**
 * Replacing a 1 KB file: this package beside the bare system calls and beside write-file-atomic, in one
 * run, taking turns.
 */
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replaceJson, replaceJsonSync } from '@holdfast/atomic-json'
import { systemClock } from '@holdfast/seams'
import writeFileAtomic from 'write-file-atomic'
import { againstBars } from '../bars.ts'
import { quantile, tellReport } from '../report.ts'

const ROUNDS = 60
const WRITES_PER_ROUND = 25
const WARM_UP_ROUNDS = 4

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const value = { arms: ['R1', 'R2', 'R3', 'R4'], note: 'x'.repeat(940), version: 1 }
const path = (name: string): string => join(directory, `${name}.json`)

/** The least that survives a power cut: nothing is checked, kept, swept or ordered. */
function bareSync(): void {
  const target = path('bare')
  const temporary = `${target}.tmp`
  const fd = openSync(temporary, 'w')
  writeSync(fd, JSON.stringify(value))
  fsyncSync(fd)
  closeSync(fd)
  renameSync(temporary, target)
  const parent = openSync(directory, 'r')
  fsyncSync(parent)
  closeSync(parent)
}

const contenders: Readonly<Record<string, () => unknown>> = {
  'bare open+write+fsync+rename+fsync of directory, sync': bareSync,
  'replaceJsonSync, full': () => replaceJsonSync(path('sync'), value),
  'write-file-atomic, sync (no fsync of directory)': () =>
    writeFileAtomic.sync(path('wfa-sync'), JSON.stringify(value)),
  'replaceJson, full': () => replaceJson(path('full'), value),
  'replaceJson, atomic': () => replaceJson(path('atomic'), value, { durability: 'atomic' }),
  'write-file-atomic (no fsync of directory)': () =>
    writeFileAtomic(path('wfa'), JSON.stringify(value)),
}
const names = Object.keys(contenders)

/** Time per write in ms, each contender's list as long as there are writes. */
async function measure(): Promise<Map<string, number[]>> {
  const times = new Map(names.map((name): [string, number[]] => [name, []]))
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    // Each round begins with another one, so that none always follows the same neighbour.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length] ?? ''
      for (let write = 0; write < WRITES_PER_ROUND; write += 1) {
        const startMs = systemClock.monotonicMs()
        await contenders[name]?.()
        if (round >= WARM_UP_ROUNDS) times.get(name)?.push(systemClock.monotonicMs() - startMs)
      }
    }
  }
  return times
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

try {
  const times = await measure()
  const rows = [...times].map(([name, list]) => {
    const sorted = list.toSorted((a, b) => a - b)
    return { name, p50Ms: rounded(quantile(sorted, 0.5)), p99Ms: rounded(quantile(sorted, 0.99)) }
  })
  const p50 = (name: string): number => rows.find((row) => row.name === name)?.p50Ms ?? Number.NaN
  const ratios = {
    'replaceJsonSync / bare (bar ≤ 1.35)': rounded(
      p50('replaceJsonSync, full') / p50('bare open+write+fsync+rename+fsync of directory, sync'),
    ),
    'replaceJson / write-file-atomic (bar ≤ 1.1)': rounded(
      p50('replaceJson, full') / p50('write-file-atomic (no fsync of directory)'),
    ),
  }
  const what = 'replace a 1 KB JSON file, ms per write'
  const writesEach = ROUNDS * WRITES_PER_ROUND
  const fileSystem = fileSystemOf(directory)
  tellReport('atomic-json', { what, fileSystem, writesEach, rows, ratios }, () => {
    console.table(rows)
    console.table(againstBars(ratios))
  })
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** The type of the file system that holds `path`, where the system tells. */
function fileSystemOf(path: string): string {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').trim().split('\n')
    const holding = mounts
      .map((line) => line.split(' '))
      .filter(([, at = '']) => at === '/' || path === at || path.startsWith(`${at}/`))
      .toSorted(([, a = ''], [, b = '']) => b.length - a.length)
    return holding[0]?.[2] ?? 'unknown'
  } catch {
    // Not Linux.
    return 'unknown'
  }
}
