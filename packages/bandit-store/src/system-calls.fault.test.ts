import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callsIn, lacking, scratch, trace } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import type { Command } from './commands.fixture.ts'
import { newIds, type Told } from './lesson.fixture.ts'
import { startServant, type Servant } from './process.fixture.ts'

const directory = scratch()
const reason = lacking({ programs: ['strace'], root: true })
const CALLS =
  'trace=openat,write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink'

/** The calls on the files of a store that a command makes, in the order they ended, and then its answer. */
async function orderOf(servant: Servant, at: string, command: Command): Promise<string[]> {
  const log = join(directory(), 'strace.log')
  {
    await using _ = await trace(servant.pid, '-y', '-s', '0', '-o', log, '-e', CALLS)
    await servant.have(command)
  }
  return callsIn(readFileSync(log, 'utf8')).flatMap((line) => {
    const call = /^\d+ +(\w+)\(/.exec(line)?.[1]
    if (call === undefined || line.includes('compaction.lock')) return []
    if (line.includes(`${call}(1<`)) return ['answer']
    if (!line.includes(at)) return []
    const names = line
      .replaceAll(at, 'DIR')
      .replaceAll(/lessons\/[\w-]+\.(\d+)/g, 'lessons/WRITER.$1')
      .replaceAll(/snapshot\.[\da-f]{16}/g, 'snapshot.CHANCE')
      .match(/DIR[^">]*/g)
    const isRead = call === 'openat' && !line.includes('O_CREAT')
    return isRead ? [] : [[call, ...new Set(names)].join(' ')]
  })
}

describe.skipIf(reason !== '')(`the system calls of a store${reason}`, () => {
  const told: Told[] = newIds('calls', 3).map((id) => ({ id, part: 'immediate' }))

  it('acknowledge a lesson when it is on disk, and a new segment also in its directory', async () => {
    const at = directory()
    await using servant = await startServant()
    await servant.have({ do: 'open', directory: at })
    const teach = (lesson: Told): Promise<string[]> =>
      orderOf(servant, at, { do: 'teach', told: [lesson] })
    expect(await teach(told[0]!)).toEqual([
      'openat DIR/lessons/WRITER.0.log',
      'fsync DIR/lessons',
      'write DIR/lessons/WRITER.0.log',
      'fdatasync DIR/lessons/WRITER.0.log',
      'answer',
    ])
    expect(await teach(told[1]!)).toEqual([
      'write DIR/lessons/WRITER.0.log',
      'fdatasync DIR/lessons/WRITER.0.log',
      'answer',
    ])
  })

  it('put a snapshot on disk before it has its name, and remove nothing before that lasts', async () => {
    const at = directory()
    await using servant = await startServant()
    await servant.have({ do: 'open', directory: at, options: { pollMs: 1000 } })
    for (const lesson of told) {
      await servant.have({ do: 'teach', told: [lesson] })
      if (lesson !== told[2]) await servant.have({ do: 'compact' })
    }
    expect(await orderOf(servant, at, { do: 'compact' })).toEqual([
      'rename DIR/lessons/WRITER.2.log DIR/lessons/WRITER.2.sealed',
      'openat DIR/snapshot.CHANCE.tmp',
      'write DIR/snapshot.CHANCE.tmp',
      'fsync DIR/snapshot.CHANCE.tmp',
      'link DIR/snapshot.CHANCE.tmp DIR/snapshot.3.bin',
      'unlink DIR/snapshot.CHANCE.tmp',
      'fsync DIR',
      'unlink DIR/snapshot.1.bin',
      'fsync DIR',
      'unlink DIR/lessons/WRITER.1.sealed',
      'answer',
    ])
  })
})
