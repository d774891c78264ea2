import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { systemCode } from './errors.ts'
import { FIRST_SPACE, type Identity, type LockOwner, type Sighting } from './owner.ts'

/** The inode numbers that Linux gives the first namespaces: PROC_PID_INIT_INO, PROC_TIME_INIT_INO (proc_ns.h). */
const FIRST_NAMESPACES = 'pid:[4026531836] time:[4026531834]'

// What is true of this thread for its whole life, found out once: it costs half a millisecond. An error is not kept.
let self: Identity | undefined

/** What this thread can say of itself. */
export function identity(): Identity {
  self ??= process.platform === 'linux' ? linuxIdentity() : otherIdentity()
  return self
}

/** Asks the system for the process and thread of `owner`, who must be of this thread's space. */
export function sight(owner: LockOwner): Sighting {
  if (process.platform !== 'linux') return sightByPid(owner.pid)
  const { pid, threadId } = owner
  if (identity().threadId === null) return sightByPid(pid) // This /proc is not about us.
  const thread = statOf(pid, threadId ?? pid)
  if (thread === 'unreadable') return inDoubt
  if (thread !== 'missing') {
    return thread.life === 'over'
      ? { kind: 'gone' }
      : { kind: 'there', startedAt: thread.startedAt }
  }
  const whole = threadId === null || threadId === pid ? 'missing' : statOf(pid, pid)
  if (whole === 'unreadable') return inDoubt
  if (whole !== 'missing') return whole.life === 'ends' ? inDoubt : { kind: 'gone' }
  // /proc may hide other users' processes (hidepid), so the system is asked in another way too.
  return sightByPid(pid)
}

/** It may be there: nothing more can be said now. */
const inDoubt: Sighting = { kind: 'there', startedAt: null }

function linuxIdentity(): Identity {
  const { pid } = process
  // `/proc/thread-self` is "<pid>/task/<thread>". In a container that was given the /proc of another, it
  // names other numbers than ours, and then nothing in there is about us.
  const [procPid, threadId] = (linkOf('/proc/thread-self') ?? '').split('/task/').map(Number)
  const isOurs = procPid === pid && threadId !== undefined
  const machine = textOf('/etc/machine-id')
  const boot = textOf('/proc/sys/kernel/random/boot_id')
  const pidSpace = linkOf('/proc/self/ns/pid')
  const space = `${pidSpace} ${linkOf('/proc/self/ns/time') ?? 'time:[4026531834]'}`
  return {
    pid,
    threadId: isOurs ? threadId : null,
    startedAt: isOurs ? startByProc(pid, threadId) : null,
    host: machine === '' ? '-' : hash(`${hostname()} ${machine}`),
    boot: boot === '' || pidSpace === null ? '-' : hash(boot),
    space: space === FIRST_NAMESPACES ? FIRST_SPACE : hash(space),
  }
}

/** macOS tells a start time through ps(1). */
function otherIdentity(): Identity {
  const { pid } = process
  const boot = process.platform === 'darwin' ? outputOf('sysctl', '-n', 'kern.bootsessionuuid') : ''
  return {
    pid,
    threadId: null,
    startedAt: startByPs(pid),
    host: hash(hostname()),
    boot: boot === '' ? '-' : hash(boot),
    space: FIRST_SPACE,
  }
}

interface Stat {
  readonly startedAt: string
  /** `ends`: the process is killed, but some thread is still in the middle of a change, which will come about. */
  readonly life: 'runs' | 'ends' | 'over'
}

/** Fields 3, 20 and 22 of /proc/<pid>/task/<thread>/stat, proc_pid_stat(5). */
function statOf(pid: number, thread: number): Stat | 'missing' | 'unreadable' {
  let stat: string
  try {
    stat = textOf(`/proc/${pid}/task/${thread}/stat`)
  } catch {
    return 'unreadable' // No descriptor left, for instance. That must not count as a death.
  }
  if (stat === '') return 'missing'
  // The second field is the name, in parentheses, and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, threads, startedAt] = [fields[0], fields[17], fields[19]]
  if (startedAt === undefined) return 'unreadable'
  if (state === 'X') return { startedAt, life: 'over' }
  if (state !== 'Z') return { startedAt, life: 'runs' }
  return { startedAt, life: Number(threads) > 1 ? 'ends' : 'over' }
}

function startByProc(pid: number, thread: number): string | null {
  const stat = statOf(pid, thread)
  return typeof stat === 'string' ? null : stat.startedAt
}

function sightByPid(pid: number): Sighting {
  return exists(pid) ? { kind: 'there', startedAt: startByPs(pid) } : { kind: 'gone' }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: it is there, and another user's.
  }
}

/** Linux tells it in /proc, or here not at all; elsewhere it is not known whether a change of the clock moves it. */
function startByPs(pid: number): string | null {
  if (process.platform !== 'darwin') return null
  const started = outputOf('ps', '-o', 'lstart=', '-p', String(pid))
  return started === '' ? null : hash(started)
}

function outputOf(program: string, ...args: string[]): string {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
  })
  return status === 0 ? stdout.trim() : ''
}

/** The text of a small file; empty where there is none, or none for us. @throws any other error of the system. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim()
  } catch (error) {
    if (ABSENT.has(systemCode(error))) return ''
    throw error
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (ABSENT.has(systemCode(error)) || systemCode(error) === 'EINVAL') return null
    throw error
  }
}

/** ESRCH: the process ended while its file was read. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES', 'EPERM'])

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10)
