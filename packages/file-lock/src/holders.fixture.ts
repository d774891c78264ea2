import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freeToken, heldToken, parseEntryName, type HeldToken, type Token } from './entry-name.ts'
import { identity } from './identity.ts'
import type { EngineName } from './options.ts'
import { owner } from './owner.fixture.ts'
import type { LockOwner } from './owner.ts'

export const engines: readonly EngineName[] = ['direct', 'kernel', 'proper-lockfile']

/** A living owner in another process: the one that started this one. */
export const living = (fields: Partial<LockOwner> = {}): LockOwner =>
  owner({
    ...identity(),
    pid: process.ppid,
    threadId: null,
    startedAt: null,
    ...fields,
  })

/** An owner whose number now belongs to another process, us. */
export const dead = (fields: Partial<LockOwner> = {}): LockOwner =>
  owner({ ...identity(), startedAt: 'earlier', ...fields })

/** An owner of whom nothing can be known here. */
export const elsewhere = (fields: Partial<LockOwner> = {}): LockOwner =>
  owner({ ...identity(), space: 'elsewhere0', ...fields })

/** Makes the lock directory of `path` by hand, with `names` in it. */
export function putLock(path: string, ...names: readonly string[]): void {
  mkdirSync(`${path}.lock`)
  for (const name of names) writeFileSync(join(`${path}.lock`, name), '')
}

/** Makes the lock of `path` one that `owner` holds. */
export function putHolder(path: string, owner: LockOwner, fence = 7): HeldToken {
  const held = heldToken(fence, owner)
  putLock(path, held.name)
  return held
}

/** Makes the lock of `path` a free one, whose next holder has fence 8. */
export const putFree = (path: string): void => putLock(path, freeToken(7, identity().boot).name)

/** The token in the lock of `path`. */
export function tokenOf(path: string): Token {
  for (const name of readdirSync(`${path}.lock`)) {
    const entry = parseEntryName(name)
    if (entry?.kind === 'free' || entry?.kind === 'held') return entry
  }
  throw new Error(`${path}.lock holds no token`)
}

/** Moves the token by hand. */
export function moveToken(path: string, to: Token): void {
  renameSync(join(`${path}.lock`, tokenOf(path).name), join(`${path}.lock`, to.name))
}

/** Everything about the lock of `path` that someone could have changed. */
export function traceOf(path: string): unknown {
  const directory = `${path}.lock`
  return [
    stamp(directory),
    ...readdirSync(directory)
      .toSorted()
      .map((name) => [stamp(join(directory, name)), readFileSync(join(directory, name), 'hex')]),
  ]
}

function stamp(name: string): unknown {
  const { ino, mtimeNs, ctimeNs, size } = lstatSync(name, { bigint: true })
  return { name, ino, mtimeNs, ctimeNs, size }
}
