import { describe, expect, it } from 'vitest'
import { bareLockfile } from './bare-lockfile.fixture.ts'
import { freeToken, heldToken } from './entry-name.ts'
import { ownerOf, scene, type Scene } from './model-actors.fixture.ts'
import { explore } from './model-check.fixture.ts'

/**
 * Every order in which up to four contenders can make their calls, one call of the file system at a time, with deaths between
 * any two calls. Four things are looked at in every state that can be reached:
 *
 * - no two living processes are inside together,
 * - every fence is higher than all before it,
 * - nobody loses a lock that no admin broke, and one who was robbed changes nothing when it gives back,
 * - from every state the living can finish, if only nobody else dies.
 */
interface Play extends Scene {
  readonly name: string
  /** The number of states is part of the test: a play that became smaller looks at less than it did. */
  readonly states: number
}

const leftByTheDead = [heldToken(7, ownerOf(-1)).name]
const free = [freeToken(7, 'b').name]

const plays: readonly Play[] = [
  {
    name: 'two on a dead holder’s token, four rounds each, both may die',
    actors: ['direct', 'direct'],
    rounds: 4,
    deaths: 2,
    names: leftByTheDead,
    states: 1119,
  },
  {
    name: 'two that clear before they claim, four rounds each, both may die',
    actors: ['proper-lockfile', 'proper-lockfile'],
    rounds: 4,
    deaths: 2,
    names: leftByTheDead,
    states: 1240,
  },
  {
    name: 'three of both kinds, two rounds each, all may die',
    actors: ['direct', 'proper-lockfile', 'proper-lockfile'],
    rounds: 2,
    deaths: 3,
    names: leftByTheDead,
    states: 6636,
  },
  {
    name: 'four of both kinds, all may die',
    actors: ['direct', 'direct', 'proper-lockfile', 'proper-lockfile'],
    deaths: 4,
    names: leftByTheDead,
    states: 6599,
  },
  {
    name: 'four that clear before they claim, all may die',
    actors: ['proper-lockfile', 'proper-lockfile', 'proper-lockfile', 'proper-lockfile'],
    deaths: 4,
    names: leftByTheDead,
    states: 9397,
  },
  {
    name: 'four on a free token, two rounds each, nobody dies',
    actors: ['direct', 'direct', 'direct', 'direct'],
    rounds: 2,
    deaths: 0,
    names: free,
    states: 35124,
  },
  {
    name: 'an admin who breaks the holder it saw, two rounds for the others, all may die',
    actors: ['direct', 'proper-lockfile', 'admin'],
    rounds: 2,
    deaths: 3,
    names: leftByTheDead,
    states: 2354,
  },
  {
    name: 'two admins at once, two rounds for the others, one may die',
    actors: ['direct', 'direct', 'admin', 'admin'],
    rounds: 2,
    deaths: 1,
    names: leftByTheDead,
    states: 18982,
  },
  {
    name: 'the directory is born while proper-lockfile by itself contends, two rounds, all may die',
    actors: ['direct', 'proper-lockfile', 'raw'],
    rounds: 2,
    deaths: 3,
    names: null,
    states: 2801,
  },
  {
    name: 'three make the directory at once beside proper-lockfile by itself, all may die',
    actors: ['direct', 'proper-lockfile', 'proper-lockfile', 'raw'],
    deaths: 4,
    names: null,
    states: 10458,
  },
  {
    name: 'an empty directory left by proper-lockfile is replaced, all may die',
    actors: ['direct', 'proper-lockfile', 'proper-lockfile', 'raw'],
    deaths: 4,
    names: [],
    states: 3670,
  },
]

describe('the moving token, in every order of steps', () => {
  for (const { name, states, ...play } of plays) {
    it(`${name}: ${states} states, none wrong`, () => {
      expect(explore(scene(play))).toEqual({ states, violation: null, stuck: null })
    })
  }
})

describe('the checker', () => {
  it('finds two inside in proper-lockfile’s own steps, and the shortest way there', () => {
    expect(explore(bareLockfile(2)).violation).toEqual({
      what: 'two inside',
      schedule: [
        '0: mkdir',
        '0: stat',
        '1: mkdir',
        '1: stat',
        '0: rmdir',
        '0: mkdir again',
        '1: rmdir',
        '1: mkdir again',
      ],
    })
  })

  it('finds a protocol in which the living get stuck', () => {
    type World = 'start' | 'has a' | 'has b' | 'has both' | 'each has one'
    const ways: Record<World, readonly World[]> = {
      start: ['has a', 'has b'],
      'has a': ['has both', 'each has one'],
      'has b': ['has both', 'each has one'],
      'has both': [],
      'each has one': ['each has one'],
    }
    const { stuck } = explore<World>({
      start: 'start',
      next: (world) => ways[world].map((to) => ({ label: to, world: to })),
      wrongIn: () => null,
      isSettled: (world) => world === 'has both',
    })
    expect(stuck).toEqual(['has a', 'each has one'])
  })
})
