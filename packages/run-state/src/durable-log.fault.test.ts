import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { Command } from './commands.fixture.ts'

const directory = scratch()
const reason = lacking({ programs: ['strace'], root: true })

/** The calls that bring one change of a failure log to disk, in order. */
function callsOf(at: string, command: Command): string[] {
  const trace = join(directory(), 'trace')
  const script = join(import.meta.dirname, 'commands.fixture.ts')
  const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2'
  const args = ['-f', '-y', '-o', trace, '-e', calls, process.execPath, script]
  const { status, stderr } = spawnSync('strace', args, {
    input: `${JSON.stringify(command)}\n`,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes(at) && !line.includes('lock'))
    .flatMap((line) => {
      const call = /^\d+ +(\w+)\(/.exec(line)?.[1]
      const names = line.replaceAll(at, 'DIR').match(/DIR[^">]*/g) ?? []
      return call === undefined ? [] : [[call, ...new Set(names)].join(' ')]
    })
}

describe.skipIf(reason !== '')(`a failure log that was written${reason}`, () => {
  it('survives a power cut: it is on disk before it has its name, and its name before the call ends', () => {
    const at = directory()
    const path = join(at, 'failures.log')
    expect(callsOf(at, { do: 'append', path, runs: [7] })).toEqual([
      'fsync DIR/.failures.log.tmp',
      'rename DIR/.failures.log.tmp DIR/failures.log',
      'fsync DIR',
    ])
    expect(readFileSync(path, 'utf8')).toBe('7\n')
  })
})
