import { describe, expect, it } from 'vitest'
import { owner } from './owner.fixture.ts'
import { judge, type Identity, type Liveness, type LockOwner, type Sighting } from './owner.ts'

const self: Identity = owner({ pid: 1, threadId: 1, startedAt: '5' })
const inContainer = { space: 'c0ffee0001' }

interface Case {
  readonly name: string
  readonly owner?: Partial<LockOwner>
  readonly self?: Partial<Identity>
  /** What the system says when asked; where it is left out, the system must not be asked. */
  readonly seen?: Sighting
  readonly verdict: Liveness
}

const there = (startedAt: string | null): Sighting => ({ kind: 'there', startedAt })
const gone: Sighting = { kind: 'gone' }

const cases: readonly Case[] = [
  { name: 'its process is gone', seen: gone, verdict: 'dead' },
  { name: 'its process is there and began when it says', seen: there('988012'), verdict: 'alive' },
  { name: 'its number belongs to a later process', seen: there('988013'), verdict: 'dead' },
  { name: 'the system tells no start', seen: there(null), verdict: 'alive' },
  {
    name: 'it could not tell its own start',
    owner: { startedAt: null },
    seen: there('988012'),
    verdict: 'alive',
  },
  {
    name: 'neither start is told, but the process is gone',
    owner: { startedAt: null },
    seen: gone,
    verdict: 'dead',
  },
  { name: 'it is of another container of this boot', owner: inContainer, verdict: 'unknown' },
  { name: 'we are in a container and it is not', self: inContainer, verdict: 'unknown' },
  {
    name: 'we share a container',
    owner: inContainer,
    self: inContainer,
    seen: gone,
    verdict: 'dead',
  },
  {
    name: 'the host was renamed since, and the boot is the same',
    owner: { host: 'another000' },
    seen: there('988012'),
    verdict: 'alive',
  },
  {
    name: 'the host tells no name, and the boot is the same',
    owner: { host: '-' },
    self: { host: '-' },
    seen: gone,
    verdict: 'dead',
  },
  { name: 'the machine was started anew', owner: { boot: 'earlier000' }, verdict: 'dead' },
  {
    name: 'the machine was started anew, and it was in a container',
    owner: { boot: 'earlier000', ...inContainer },
    verdict: 'unknown',
  },
  {
    name: 'the boots differ, and we are in a container',
    owner: { boot: 'earlier000' },
    self: inContainer,
    verdict: 'unknown',
  },
  {
    name: 'the boots differ, and both are in one container by its name',
    owner: { boot: 'earlier000', ...inContainer },
    self: inContainer,
    verdict: 'unknown',
  },
  {
    name: 'it is of another machine',
    owner: { host: 'another000', boot: 'another000' },
    verdict: 'unknown',
  },
  {
    name: 'neither machine tells its name, and the boots differ',
    owner: { host: '-', boot: 'another000' },
    self: { host: '-' },
    verdict: 'unknown',
  },
  { name: 'only we tell our boot', owner: { boot: '-' }, verdict: 'unknown' },
  { name: 'only it tells its boot', self: { boot: '-' }, verdict: 'unknown' },
  {
    name: 'no boot is told on one host',
    owner: { boot: '-' },
    self: { boot: '-' },
    seen: gone,
    verdict: 'dead',
  },
  {
    name: 'no boot is told on one host, and its number belongs to a later process',
    owner: { boot: '-' },
    self: { boot: '-' },
    seen: there('988013'),
    verdict: 'dead',
  },
  {
    name: 'no boot is told, on two hosts',
    owner: { boot: '-', host: 'another000' },
    self: { boot: '-' },
    verdict: 'unknown',
  },
  {
    name: 'neither boot nor host is told',
    owner: { boot: '-', host: '-' },
    self: { boot: '-', host: '-' },
    verdict: 'unknown',
  },
]

describe('an owner is judged', () => {
  it.each(cases)('$verdict when $name', ({ owner: fields, self: ours, seen, verdict }) => {
    const asked: LockOwner[] = []
    const sight = (owner: LockOwner): Sighting => {
      asked.push(owner)
      return seen ?? gone
    }
    const judged = owner(fields)
    expect(judge(judged, { ...self, ...ours }, sight)).toBe(verdict)
    // An answer about a namesake elsewhere would be worse than none.
    expect(asked).toEqual(seen === undefined ? [] : [judged])
  })
})
