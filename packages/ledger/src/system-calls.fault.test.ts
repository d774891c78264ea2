import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { callsIn, lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { DAY_MS, NOON_MS } from './lines.fixture.ts'
import { SCRIPT } from './process.fixture.ts'

const directory = scratch()
const reason = lacking({ programs: ['strace'] })
const CALLS = 'trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink'

/** The calls on a ledger that a command makes, in the order they ended, and what it says between them. */
function callsOf(at: string, command: string, argument: string): string[] {
  const log = join(directory(), 'strace.log')
  const traced = [process.execPath, SCRIPT, command, at, argument]
  run('strace', '-f', '-y', '-s', '0', '-o', log, '-e', CALLS, ...traced)
  return callsIn(readFileSync(log, 'utf8')).flatMap((line) => {
    const call = /^\d+ +(\w+)\(/.exec(line)?.[1] ?? ''
    if (line.includes(`${call}(1<`)) return ['answer']
    if (!line.includes(at) || /\.(?:new-)?lock/.test(line) || line.includes('heads')) return []
    const names = line
      .replaceAll(at, 'DIR')
      .replaceAll(/\d{4}-\d{2}-\d{2}\.\w{12}-\d+/g, 'SEGMENT')
      .replaceAll(/\d{4}-\d{2}/g, 'MONTH')
      .replaceAll(/\.\w{16}\./g, '.CHANCE.')
      .match(/DIR[^">]*/g)
    return [[call, ...new Set(names)].join(' ')]
  })
}

describe.skipIf(reason !== '')(`the system calls of a ledger${reason}`, () => {
  it('acknowledge a line when it is on disk, and a new segment when its name is too', () => {
    expect(callsOf(directory(), 'append', '')).toEqual([
      // For the directory of heads, and for the segment.
      'fsync DIR',
      'fsync DIR',
      'write DIR/SEGMENT.ndjson',
      'fdatasync DIR/SEGMENT.ndjson',
      'answer',
      'write DIR/SEGMENT.ndjson',
      'fdatasync DIR/SEGMENT.ndjson',
      'answer',
      'rename DIR/SEGMENT.ndjson DIR/SEGMENT.sealed.ndjson',
    ])
  })

  it('remove a segment when what was packed is on disk under its name', () => {
    const at = directory()
    run(process.execPath, SCRIPT, 'append', at, '')
    const nowMs = Math.max(systemClock.wallMs(), NOON_MS) + 3 * DAY_MS
    const calls = callsOf(at, 'archive', String(nowMs))
    expect(calls).toEqual([
      'fsync DIR/archive',
      'fsync DIR',
      'write DIR/archive/MONTH/SEGMENT.CHANCE.tmp',
      'fsync DIR/archive/MONTH/SEGMENT.CHANCE.tmp',
      'rename DIR/archive/MONTH/SEGMENT.CHANCE.tmp DIR/archive/MONTH/SEGMENT.ndjson.zst',
      'fsync DIR/archive/MONTH',
      'unlink DIR/SEGMENT.sealed.ndjson',
      'answer',
    ])
  })
})
