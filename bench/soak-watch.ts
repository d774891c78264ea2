import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@holdfast/seams'
import { Pool } from 'undici'

/** What a process holds at one moment. */
export interface Sample {
  /** Requests that were answered until then. */
  readonly done: number
  readonly sockets: number
  readonly rssMb: number
  readonly heapMb: number
}

const SAMPLE_MS = 500
/** Every so manieth sample is shown while it goes on. */
const TOLD_EVERY = 10
/** The longest wait for the sockets of a load that is over. Idle upstream connections last 4 s. */
const SETTLE_MS = 30_000
const QUIET_SAMPLES = 16

/** Looks at a router every half second. `end` answers what it saw. */
export function watchRouter(
  { url, pid }: { readonly url: string; readonly pid: number },
  done: () => number,
): { end(): Promise<readonly Sample[]> } {
  const samples: Sample[] = []
  const pool = new Pool(url, { connections: 1 })
  const act = async (pause: Pause): Promise<void> => {
    const heapMb = await heapOf(pool)
    const sample = { done: done(), sockets: socketsOf(pid), rssMb: rssOf(pid), heapMb }
    samples.push(sample)
    if (samples.length % TOLD_EVERY === 0) process.stderr.write(`${JSON.stringify(sample)}\n`)
    await pause(SAMPLE_MS)
  }
  return again(act, async () => {
    await pool.close()
    return samples
  })
}

/** Stops a process (kill -STOP) for a while, lets it go on, and so forth. `end` answers how often. */
export function stopAgainAndAgain(
  kill: (signal: 'SIGSTOP' | 'SIGCONT') => void,
  stoppedMs: number,
  goingMs: number,
): { end(): Promise<number> } {
  let stops = 0
  const act = async (pause: Pause): Promise<void> => {
    kill('SIGSTOP')
    stops += 1
    await pause(stoppedMs)
    kill('SIGCONT')
    await pause(goingMs)
  }
  return again(act, () => Promise.resolve(stops))
}

/** Waits; for less when it is to end. */
type Pause = (ms: number) => Promise<void>

/** Does it over and over until `end`. */
function again<T>(
  act: (pause: Pause) => Promise<void>,
  answer: () => Promise<T>,
): { end(): Promise<T> } {
  const ending = new AbortController()
  // Ended early: that is all there is to it.
  const pause: Pause = (ms) => systemClock.sleep(ms, ending.signal).catch(() => {})
  const ran = (async () => {
    while (!ending.signal.aborted) await act(pause)
  })()
  return {
    async end() {
      ending.abort()
      await ran
      return await answer()
    },
  }
}

/** How many sockets are open once no more are let go of, or `enough` are left. */
export async function settledSockets(pid: number, enough = 0): Promise<number> {
  const endMs = systemClock.monotonicMs() + SETTLE_MS
  let sockets = socketsOf(pid)
  let quiet = 0
  while (sockets > enough && quiet < QUIET_SAMPLES && systemClock.monotonicMs() < endMs) {
    await systemClock.sleep(SAMPLE_MS)
    const now = socketsOf(pid)
    quiet = now === sockets ? quiet + 1 : 0
    sockets = now
  }
  return sockets
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`
  const isSocket = (fd: string): boolean => {
    try {
      return readlinkSync(join(folder, fd)).startsWith('socket:')
    } catch {
      // It was closed between the two looks.
      return false
    }
  }
  return readdirSync(folder).filter(isSocket).length
}

function rssOf(pid: number): number {
  const [, kb = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return rounded(Number(kb) / 1024)
}

async function heapOf(pool: Pool): Promise<number> {
  const { body } = await pool.request({ method: 'GET', path: '/metrics' })
  const [, bytes = '0'] = /^nodejs_heap_size_used_bytes (\d+)/m.exec(await body.text()) ?? []
  return rounded(Number(bytes) / 2 ** 20)
}

const rounded = (value: number): number => Math.round(value * 10) / 10
