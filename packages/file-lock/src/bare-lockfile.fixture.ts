import { posix, type Directory, type Protocol, type Step } from './model-check.fixture.ts'

/**
 * proper-lockfile 4.1.2 as it is, lib/lockfile.js: mkdir; if that fails, stat; if what is there is stale, rmdir and mkdir once
 * more. It lives here only to show that the checker finds what is wrong with it.
 */
interface World {
  readonly directory: Directory
  /** A directory is stale if its maker did not come to make it during the play. */
  readonly leftoverId: number
  readonly actors: readonly Stage[]
}

type Stage = 'mkdir' | 'stat' | 'rmdir' | 'mkdir again' | 'inside' | 'done'

/** `count` processes, each of which wants the lock once; the directory of one who died lies there. */
export function bareLockfile(count: number): Protocol<World> {
  return {
    start: {
      directory: { id: 0, names: [] },
      leftoverId: 0,
      actors: Array.from({ length: count }, () => 'mkdir'),
    },
    next: (world) => world.actors.flatMap((stage, index) => stepOf(world, stage, index)),
    wrongIn: ({ actors }) =>
      actors.filter((stage) => stage === 'inside').length > 1 ? 'two inside' : null,
    isSettled: ({ actors }) => actors.every((stage) => stage === 'done'),
  }
}

function stepOf(world: World, stage: Stage, index: number): readonly Step<World>[] {
  const { directory, leftoverId } = world
  const to = (stage: Stage, directory = world.directory): readonly Step<World>[] => [
    {
      label: `${index}: ${world.actors[index] ?? ''}`,
      world: { ...world, directory, actors: world.actors.with(index, stage) },
    },
  ]
  switch (stage) {
    case 'mkdir':
    case 'mkdir again': {
      const made = posix.mkdir(directory, index + 1)
      if (made !== null) return to('inside', made)
      return to(stage === 'mkdir' ? 'stat' : 'mkdir')
    }
    case 'stat':
      if (directory === null) return to('mkdir again')
      return to(directory.id === leftoverId ? 'rmdir' : 'mkdir')
    case 'rmdir':
      return to('mkdir again', null)
    case 'inside':
      return to('done', null)
    default: // Done.
      return []
  }
}
