import type { LockOwner } from './owner.ts'

/**
 * How the state of a lock is written down: in the name of the one token in its directory.
 *
 *     f1.<fence>.<boot>      free; <fence> is the last number given out, <boot> the start of the machine it was given in
 *     h1.<fence>.<owner>     held, under <fence>
 *     w1.<number>.<owner>    a ticket: the place of one who waits
 *
 * Every change of state is one `rename` of one name, and no name ever comes back, because the fence only
 * grows: a process that acts on what it saw too long ago gets ENOENT, and harms no one.
 *
 * The digit is the version of the form. A token of another version belongs to another release.
 */
export type Token = FreeToken | HeldToken

/**
 * The file on which SQLite holds its write lock, a lock of the kernel; it lies beside the token, and so does SQLite's journal for a
 * moment. Only SQLite opens it: by POSIX, closing any descriptor of a
 * file drops all locks that the process has on it.
 */
export const KERNEL_FILE = 'k.db'

export interface FreeToken {
  readonly kind: 'free'
  readonly name: string
  readonly fence: number
  readonly boot: string
}

export interface HeldToken {
  readonly kind: 'held'
  readonly name: string
  readonly fence: number
  readonly owner: LockOwner
}

/** The place of one who waits. Lower numbers came earlier. */
export interface Ticket {
  readonly kind: 'ticket'
  readonly name: string
  readonly number: number
  readonly owner: LockOwner
}

export interface UnknownVersion {
  readonly kind: 'unknown-version'
  readonly name: string
}

export function freeToken(fence: number, boot: string): FreeToken {
  return { kind: 'free', name: `f1.${fence}.${boot}`, fence, boot }
}

export function heldToken(fence: number, owner: LockOwner): HeldToken {
  return { kind: 'held', name: `h1.${fence}.${printOwner(owner)}`, fence, owner }
}

export function ticketOf(number: number, owner: LockOwner): Ticket {
  return { kind: 'ticket', name: `w1.${number}.${printOwner(owner)}`, number, owner }
}

/** What the name of a directory entry says; null for a name that is none of ours. */
export function parseEntryName(name: string): Token | Ticket | UnknownVersion | null {
  const [, kind, version, digits = '', rest = ''] =
    /^([fhw])(\d+)\.(\d{1,16})\.([\w-]+)$/.exec(name) ?? []
  if (kind === undefined) return null
  if (version !== '1') return { kind: 'unknown-version', name }
  const number = Number(digits)
  if (!Number.isSafeInteger(number)) return null
  if (kind === 'f') return { kind: 'free', name, fence: number, boot: rest }
  const owner = parseOwner(rest)
  if (owner === null) return null
  return kind === 'h'
    ? { kind: 'held', name, fence: number, owner }
    : { kind: 'ticket', name, number, owner }
}

export function printOwner(owner: LockOwner): string {
  const { pid, threadId, startedAt, host, boot, space, engine, sinceMs, nonce } = owner
  const fields = [threadId ?? '-', startedAt ?? '-', host, boot, space, engine]
  return `${pid}_${fields.join('_')}_${sinceMs.toString(36)}_${nonce}`
}

const OWNER =
  /^(?<pid>\d{1,10})_(?<threadId>\d{1,10}|-)_(?<startedAt>[a-z0-9]+|-)_(?<host>[a-z0-9]+|-)_(?<boot>[a-z0-9]+|-)_(?<space>[a-z0-9]+|-)_(?<engine>[a-z-]+)_(?<since>-?[a-z0-9]{1,10})_(?<nonce>[a-z0-9]+)$/

export function parseOwner(text: string): LockOwner | null {
  const groups = OWNER.exec(text)?.groups
  if (groups === undefined) return null
  const field = (name: string): string => groups[name] ?? ''
  const [threadId, startedAt] = [field('threadId'), field('startedAt')]
  return {
    pid: Number(field('pid')),
    threadId: threadId === '-' ? null : Number(threadId),
    startedAt: startedAt === '-' ? null : startedAt,
    host: field('host'),
    boot: field('boot'),
    space: field('space'),
    engine: field('engine'),
    sinceMs: Number.parseInt(field('since'), 36),
    nonce: field('nonce'),
  }
}
