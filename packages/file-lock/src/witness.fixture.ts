/**
 * Watches over a critical section by means that know nothing of the lock: a marker that only one can make, a journal whose
 * lines are in the order in which they were written, and a counter that loses updates as soon as two are inside.
 */
import { appendFileSync, closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { acquireLock, type AcquireLockOptions } from './index.ts'

interface Line {
  readonly what: 'enter' | 'leave' | 'meet'
  /** The process. */
  readonly who: number
  readonly fence: number
  /** What the counter said on entering. */
  readonly count: number
}

/** One stay inside. */
export interface Stay {
  leave(): void
}

const DIGITS = 12

/** Makes what the witness needs. */
export function openWitness(at: string): void {
  const counter = openSync(join(at, 'counter'), 'wx', 0o666)
  writeSync(counter, '0'.padStart(DIGITS))
  closeSync(counter)
  closeSync(openSync(join(at, 'journal'), 'wx', 0o666))
}

/** Goes inside, under the lock or whatever is put to the test. */
export function enter(at: string, fence: number): Stay {
  const marker = join(at, 'inside')
  const counter = openSync(join(at, 'counter'), 'r+')
  const count = Number(readFileSync(counter, 'utf8'))
  const who = process.pid
  const write = (what: Line['what']): void =>
    appendFileSync(join(at, 'journal'), `${JSON.stringify({ what, who, fence, count })}\n`)
  if (!mark(marker)) write('meet')
  write('enter')
  return {
    leave() {
      writeSync(counter, String(count + 1).padStart(DIGITS), 0)
      closeSync(counter)
      write('leave')
      rmSync(marker, { force: true })
    },
  }
}

/** One stay under the lock. */
export async function visit(at: string, path: string, options: AcquireLockOptions): Promise<void> {
  const lock = await acquireLock(path, { waitMs: 100_000, ...options })
  const stay = enter(at, lock.fence)
  await systemClock.sleep(0) // Others get their chance to come in.
  stay.leave()
  await lock.release()
}

/** Makes the marker. False if someone who lives has made it. */
function mark(marker: string): boolean {
  for (;;) {
    try {
      const file = openSync(marker, 'wx')
      writeSync(file, String(process.pid))
      closeSync(file)
      return true
    } catch {
      const other = textOf(marker)
      if (isAlive(other)) return false
      rmSync(marker, { force: true }) // Left behind by one who was killed inside.
    }
  }
}

/** Alive unless the system says that it is gone, or only waits to be buried. One without a number is just writing it. */
function isAlive(pid: string | null): boolean {
  if (pid === null) return false
  if (pid === '') return true
  const stat = textOf(`/proc/${pid}/stat`)
  return stat !== null && !/\) [ZX] /.test(stat)
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** What the witness saw. */
export interface Report {
  readonly stays: number
  /** Stays that began while another went on, of one who lived. */
  readonly overlaps: number
  /** Stays that did not see what the one before had written. */
  readonly lostUpdates: number
  /** Stays whose fence was not higher than the last. */
  readonly fencesFallen: number
}

/** @param killed those who may have ended inside. */
export function report(at: string, killed: ReadonlySet<number> = new Set()): Report {
  let [stays, left, overlaps, lostUpdates, fencesFallen] = [0, 0, 0, 0, 0]
  let inside: Line | null = null
  // One who was killed may have raised the counter, or not.
  let [least, most] = [0, 0]
  let lastFence = 0
  for (const line of linesOf(at)) {
    if (line.what === 'meet') overlaps += 1
    if (line.what === 'enter') {
      stays += 1
      if (inside !== null && !killed.has(inside.who)) overlaps += 1
      if (line.count < least || line.count > most) lostUpdates += 1
      if (line.fence <= lastFence) fencesFallen += 1
      lastFence = line.fence
      inside = line
      ;[least, most] = [line.count, line.count + 1]
    }
    if (line.what === 'leave') {
      left += 1
      if (inside?.fence !== line.fence || inside.who !== line.who) overlaps += 1
      inside = null
      least = line.count + 1
    }
  }
  const last = Number(readFileSync(join(at, 'counter'), 'utf8'))
  if (last < left || last > most) lostUpdates += 1
  return { stays, overlaps, lostUpdates, fencesFallen }
}

function linesOf(at: string): Line[] {
  const lines = readFileSync(join(at, 'journal'), 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Line)
}
