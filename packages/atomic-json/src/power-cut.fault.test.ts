import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lacking, run } from './process.fixture.ts'
import { readJsonSync } from './read.ts'
import { replaceJson, replaceJsonSync } from './replace.ts'
import { scratch } from './scratch.fixture.ts'

const ROUNDS = 8
const directory = scratch()

/** A machine that offers no loop device cannot show this, whatever programs it has. */
function lackingLoop(): string {
  const reason = lacking({ programs: ['mkfs.ext4', 'losetup'], root: true })
  if (reason !== '') return reason
  try {
    run('losetup', '-f')
    return ''
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
    return ' (skipped: no loop device here)'
  }
}
const reason = lackingLoop()

describe.skipIf(reason !== '')(`a power cut right after the answer${reason}`, () => {
  it.each(['replaceJson', 'replaceJsonSync', 'replaceJson in a new directory'])(
    `%s, full: the new content is on disk, ${ROUNDS} times`,
    async (how) => {
      const at = directory()
      const image = join(at, 'disk.img')
      const live = join(at, 'live')
      const after = join(at, 'after')
      for (const name of [live, after]) mkdirSync(name)
      run('truncate', '-s', '16M', image)
      run('mkfs.ext4', '-q', image)
      run('mount', '-o', 'loop', image, live)
      try {
        for (let round = 1; round <= ROUNDS; round += 1) {
          const name = how.endsWith('directory')
            ? join(`new-${round}`, 'deep', 'state.json')
            : 'state.json'
          const value = { round, fill: 'x'.repeat(round * 3000) }
          if (how === 'replaceJsonSync') replaceJsonSync(join(live, name), value)
          else await replaceJson(join(live, name), value, { createDirectory: true })
          // What the image holds now is what a disk would hold; mounting the copy replays its journal.
          const copy = join(at, 'copy.img')
          run('cp', '--sparse=always', image, copy)
          run('mount', '-o', 'loop', copy, after)
          try {
            expect(readJsonSync(join(after, name))).toMatchObject({ kind: 'ok', value })
          } finally {
            run('umount', after)
          }
        }
      } finally {
        run('umount', live)
      }
    },
  )
})
