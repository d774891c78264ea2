import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '@holdfast/test-kit'
import { startServant, until, type Servant } from './process.fixture.ts'

/** What may be wrong with a disk: see `bad-disk.fixture.c`. */
export type Trouble =
  | 'full'
  | 'full-tmp'
  | 'unsure'
  | 'stop-before-write'
  | 'stop-after-write'
  | 'stop-after-sync'
  | 'stop-before-list'

export interface BadDisk {
  /** Starts a child that has this disk. */
  start(): Promise<Servant>
  turn(trouble: Trouble, state: 'on' | 'off'): void
  /** Resolves when a process stands still at this place, for which the trouble was turned on before. */
  stopped(servant: Servant, place: Trouble): Promise<void>
}

/** A disk that is bad when it is told to be. @param at an empty directory. */
export function badDisk(at: string): BadDisk {
  const library = join(at, 'bad-disk.so')
  const signs = join(at, 'signs')
  mkdirSync(signs)
  const source = join(import.meta.dirname, 'bad-disk.fixture.c')
  run('gcc', '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl')
  return {
    start: () => startServant({ env: { LD_PRELOAD: library, BAD_DISK: signs } }),
    turn(trouble, state) {
      if (state === 'on') writeFileSync(join(signs, trouble), '')
      else rmSync(join(signs, trouble))
    },
    async stopped(servant, place) {
      await until(() => !existsSync(join(signs, place)))
      await servant.stopped()
    },
  }
}
