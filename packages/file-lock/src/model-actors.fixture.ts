import type { Opening } from './engine.ts'
import { parseEntryName, type HeldToken, type Token } from './entry-name.ts'
import { posix, type Directory, type Protocol, type Step } from './model-check.fixture.ts'
import { claimed, firstToken, freed, openingOf } from './next-move.ts'
import type { LockOwner } from './owner.ts'
import { viewOf } from './view.ts'

/**
 * Those who contend for one lock, as `model-check.test.ts` plays them. Every decision is made by the code that ships: `viewOf`,
 * `openingOf`, `claimed`, `freed`, `firstToken`. Only the calls between the decisions are played, in the order in which
 * `contest.ts`, `lock-directory.ts` and the engines make them.
 *
 * Left out, because nobody else can see it: what a maker writes into its own fresh directory before that gets its
 * place. Nonces are all equal and the clock stands, so that only the fence keeps one name from the other.
 */
export type Kind =
  /** The engines `direct` and `kernel`: one rename claims. */
  | 'direct'
  /** The engine of that name: it frees the token that was judged, then claims the freed one. */
  | 'proper-lockfile'
  /** proper-lockfile without this package, whose lease never runs out: mkdir takes, rmdir gives back. */
  | 'raw'
  /** Inspects the lock, and later breaks the holder it saw. */
  | 'admin'

export interface Actor {
  readonly kind: Kind
  /** How often it still wants the lock. */
  readonly rounds: number
  readonly stage: Stage
}

/** Where an actor stands, named for what it knows. Its next call follows from that. */
type Stage =
  | { readonly at: 'outside' | 'nothing there' | 'place taken' | 'done' | 'dead' }
  /** It left this token a moment ago, and may claim it without looking. */
  | { readonly at: 'remembering'; readonly token: string }
  | { readonly at: 'judged'; readonly token: string; readonly opening: Opening }
  | { readonly at: 'cleared'; readonly token: string; readonly claim: string }
  /** An empty directory stood unmoved for `staleMs`. */
  | { readonly at: 'stale' | 'still stale'; readonly id: number }
  /** `isRobbed` is for the checker: the actor cannot see it. */
  | { readonly at: 'inside'; readonly token: string; readonly isRobbed: boolean }
  | { readonly at: 'inspected'; readonly fence: number }
  | { readonly at: 'about to break'; readonly token: string }

export interface World {
  readonly directory: Directory
  readonly actors: readonly Actor[]
  readonly deathsLeft: number
  /** For the checker: the highest fence that anyone had. */
  readonly highest: number
  readonly wrong: string | null
}

export interface Scene {
  readonly actors: readonly Kind[]
  /** How often each wants the lock. Default 1. */
  readonly rounds?: number
  /** How many of them may die, each at any point. */
  readonly deaths: number
  /** What lies in the lock's directory at first; null for no directory. */
  readonly names: readonly string[] | null
}

export function scene({ actors, rounds = 1, deaths, names }: Scene): Protocol<World> {
  const start: World = {
    directory: names === null ? null : { id: 0, names },
    actors: actors.map((kind) => ({ kind, rounds, stage: { at: 'outside' } })),
    deathsLeft: deaths,
    highest: 0,
    wrong: null,
  }
  return { start, next, wrongIn, isSettled }
}

/** The owner that actor `index` is. Any other owner, such as `ownerOf(-1)`, died before the play begins. */
export const ownerOf = (index: number): LockOwner => ({
  pid: index + 100,
  threadId: null,
  startedAt: null,
  host: 'h',
  boot: 'b',
  space: 'init',
  engine: 'direct',
  sinceMs: 0,
  nonce: 'n',
})

function wrongIn({ actors, wrong }: World): string | null {
  // A holder that an admin robbed may go on for a moment: that is what an admin takes upon himself.
  const inside = actors.filter(({ stage }) => stage.at === 'inside' && !stage.isRobbed)
  return wrong ?? (inside.length > 1 ? 'two inside' : null)
}

/** An admin may wait for ever to see a holder; and proper-lockfile by itself cannot get past a token, by design. */
const isSettled = ({ actors }: World): boolean =>
  actors.every(({ kind, stage }) => {
    if (kind === 'admin') return true
    return kind === 'raw' ? stage.at !== 'inside' : stage.at === 'done' || stage.at === 'dead'
  })

function next(world: World): Step<World>[] {
  return world.actors.flatMap(({ kind, stage }, index) => {
    if (stage.at === 'done' || stage.at === 'dead') return []
    const name = `${kind} ${index}`
    const steps: Step<World>[] = stepsOf(world, index).map(([call, world]) => ({
      label: `${name}: ${call}`,
      world,
    }))
    if (world.deathsLeft > 0) {
      const after = goTo({ ...world, deathsLeft: world.deathsLeft - 1 }, index, { at: 'dead' })
      steps.push({ label: `${name} dies`, world: after, isDeath: true })
    }
    return steps
  })
}

type Call = readonly [call: string, world: World]

function stepsOf(world: World, index: number): readonly Call[] {
  const { kind, stage } = world.actors[index] as Actor
  const to = (stage: Stage, directory = world.directory): World =>
    goTo({ ...world, directory }, index, stage)
  const { directory } = world

  switch (stage.at) {
    case 'outside':
      if (kind === 'raw') return [['mkdir', rawTake(world, index)]]
      if (kind === 'admin') return [['inspect', inspect(world, index)]]
      return [['look', look(world, index)]]

    case 'remembering':
      return [
        ['claim unseen', claim(world, index, stage.token)],
        ['look', look(world, index)],
      ]

    case 'judged': {
      const { token, opening } = stage
      if (kind === 'direct' || opening === 'free') return [['claim', claim(world, index, token)]]
      // Whether the token was still there is not asked: someone else may have cleared it.
      const free = freed(held(token)).name
      const after = posix.rename(directory, token, free) ?? directory
      return [['clear', to({ at: 'cleared', token: free, claim: claimOf(token, index) }, after)]]
    }
    case 'cleared':
      return [['claim', claim(world, index, stage.token, stage.claim)]]

    case 'nothing there': {
      const made = posix.mkdir(directory, index + 1)
      return [['mkdir', made === null ? to({ at: 'outside' }) : to({ at: 'place taken' }, made)]]
    }
    case 'stale': {
      const isSame = directory?.id === stage.id
      return [['stat', to(isSame ? { at: 'still stale', id: stage.id } : { at: 'outside' })]]
    }
    case 'place taken':
    case 'still stale': {
      const fresh = { id: index + 101, names: [firstToken('b', 1).name] }
      return [
        ['put in place', to({ at: 'outside' }, posix.renameOver(directory, fresh) ?? directory)],
      ]
    }
    case 'inside':
      return [[kind === 'raw' ? 'rmdir' : 'release', release(world, index)]]

    case 'inspected': {
      const view = viewOf(directory?.names ?? [])
      const isMeant =
        view.kind === 'token' && view.token.kind === 'held' && view.token.fence === stage.fence
      return [
        ['look', to(isMeant ? { at: 'about to break', token: view.token.name } : { at: 'done' })],
      ]
    }
    case 'about to break':
      return [['break', breakLock(world, index, stage.token)]]
    default: // Done, or dead.
      return []
  }
}

function look(world: World, index: number): World {
  const { directory, actors } = world
  if (directory === null) return goTo(world, index, { at: 'nothing there' })
  const view = viewOf(directory.names)
  if (view.kind === 'foreign') {
    // A living raw holder beats, so it is waited for. Anything else may have been there for `staleMs`.
    const isKept = actors.some(({ kind, stage }) => kind === 'raw' && stage.at === 'inside')
    return isKept ? world : goTo(world, index, { at: 'stale', id: directory.id })
  }
  if (view.kind !== 'token') return { ...world, wrong: `a look showed ${view.kind}` }
  const isDead = ({ pid }: LockOwner): boolean => (actors[pid - 100]?.stage.at ?? 'dead') === 'dead'
  const { token } = view
  const opening = openingOf(
    token,
    'dead',
    (owner) => (isDead(owner) ? 'dead' : 'alive'),
    () => false,
  )
  if (opening === null) return world
  return goTo(world, index, { at: 'judged', token: token.name, opening })
}

function claim(
  world: World,
  index: number,
  from: string,
  to: string = claimOf(from, index),
): World {
  const directory = posix.rename(world.directory, from, to)
  if (directory === null) return goTo(world, index, { at: 'outside' })
  const { fence } = held(to)
  const wrong = fence > world.highest ? null : `fence ${fence} came after ${world.highest}`
  const inside: Stage = { at: 'inside', token: to, isRobbed: false }
  return goTo({ ...world, directory, highest: fence, wrong }, index, inside)
}

const claimOf = (from: string, index: number): string =>
  claimed(parseEntryName(from) as Token, ownerOf(index), 1).name

function release(world: World, index: number): World {
  const { kind, stage, rounds } = world.actors[index] as Actor
  if (stage.at !== 'inside') throw new Error('only a holder gives back')
  const actors = world.actors.with(index, { kind, stage, rounds: rounds - 1 })
  const rest: Stage = rounds === 1 ? { at: 'done' } : { at: 'outside' }
  if (kind === 'raw') {
    const wasOurs = posix.rmdir(world.directory) !== null
    const wrong = wasOurs ? null : 'the directory of a living raw holder was taken'
    return goTo(
      { ...world, actors, wrong, directory: wasOurs ? null : world.directory },
      index,
      rest,
    )
  }
  const left = freed(held(stage.token)).name
  const directory = posix.rename(world.directory, stage.token, left)
  if (stage.isRobbed) {
    const wrong = directory === null ? null : 'one who was robbed gave back what was not theirs'
    return goTo({ ...world, actors, wrong }, index, rest)
  }
  if (directory === null) return { ...world, wrong: 'a lock was lost that nobody broke' }
  const after: Stage = rounds === 1 ? rest : { at: 'remembering', token: left }
  return goTo({ ...world, actors, directory }, index, after)
}

function rawTake(world: World, index: number): World {
  const made = posix.mkdir(world.directory, index + 1)
  if (made === null) return world
  return goTo({ ...world, directory: made }, index, { at: 'inside', token: '', isRobbed: false })
}

function inspect(world: World, index: number): World {
  const view = viewOf(world.directory?.names ?? [])
  if (view.kind !== 'token' || view.token.kind !== 'held') return world
  return goTo(world, index, { at: 'inspected', fence: view.token.fence })
}

function breakLock(world: World, index: number, token: string): World {
  const directory = posix.rename(world.directory, token, freed(held(token)).name)
  if (directory === null) return goTo(world, index, { at: 'done' })
  const actors = world.actors.map((actor): Actor => {
    const { stage } = actor
    return stage.at === 'inside' && stage.token === token
      ? { ...actor, stage: { ...stage, isRobbed: true } }
      : actor
  })
  return goTo({ ...world, directory, actors }, index, { at: 'done' })
}

function goTo(world: World, index: number, stage: Stage): World {
  const actor = world.actors[index] as Actor
  return { ...world, actors: world.actors.with(index, { ...actor, stage }) }
}

const held = (name: string): HeldToken => parseEntryName(name) as HeldToken
