import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { lacking, run, scratch } from '@holdfast/test-kit'
import { describe, expect, it } from 'vitest'
import { readJsonSync } from './read.ts'
import type { JsonRead } from './read-result.ts'
import { replaceJson, replaceJsonSync } from './replace.ts'

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

/** Works on a file system in an image, and can look at what a power cut right now would leave of it. */
async function onDisk(
  work: (live: string, cut: (name: string) => JsonRead<unknown>) => Promise<void>,
): Promise<void> {
  const at = directory()
  const [image, copy] = [join(at, 'disk.img'), join(at, 'copy.img')]
  const [live, after] = [join(at, 'live'), join(at, 'after')]
  for (const name of [live, after]) mkdirSync(name)
  run('truncate', '-s', '16M', image)
  run('mkfs.ext4', '-q', image)
  run('mount', '-o', 'loop', image, live)
  try {
    await work(live, (name) => {
      // What the image holds now is what a disk would hold; mounting the copy replays its journal.
      run('cp', '--sparse=always', image, copy)
      run('mount', '-o', 'loop', copy, after)
      try {
        return readJsonSync(join(after, name), { onCorrupt: 'answer' })
      } finally {
        run('umount', after)
      }
    })
  } finally {
    run('umount', live)
  }
}

const valueOf = (round: number) => ({ round, fill: 'x'.repeat(round * 3000) })

describe.skipIf(reason !== '')(`a power cut right after the answer${reason}`, () => {
  it.each(['replaceJson', 'replaceJsonSync', 'replaceJson in a new directory'])(
    `%s, full: the new content is on disk, ${ROUNDS} times`,
    async (how) => {
      await onDisk(async (live, cut) => {
        for (let round = 1; round <= ROUNDS; round += 1) {
          const isNew = how.endsWith('directory')
          const name = isNew ? join(`new-${round}`, 'deep', 'state.json') : 'state.json'
          if (how === 'replaceJsonSync') replaceJsonSync(join(live, name), valueOf(round))
          else await replaceJson(join(live, name), valueOf(round), { createDirectory: true })
          expect(cut(name)).toMatchObject({ kind: 'ok', value: valueOf(round) })
        }
      })
    },
  )

  it(`atomic: the old content or the new is on disk, whole, ${ROUNDS} times`, async () => {
    await onDisk(async (live, cut) => {
      const path = join(live, 'state.json')
      for (let round = 1; round <= ROUNDS; round += 1) {
        await replaceJson(path, valueOf(round))
        await replaceJson(path, valueOf(round + 1), { durability: 'atomic' })
        const read = cut('state.json')
        expect([valueOf(round), valueOf(round + 1)]).toContainEqual(
          read.kind === 'ok' ? read.value : read,
        )
      }
    })
  })
})
