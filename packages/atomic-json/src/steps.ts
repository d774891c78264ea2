import { fsync, fsyncSync, read, readSync, write, writeSync } from 'node:fs'
import type { Clock } from '@holdfast/seams'

/**
 * One way of working, run two ways. Reading and writing are generators: they make quick calls
 * themselves, and yield whatever may wait for a disk or for time. `runSync` does that on the spot,
 * `runAsync` on the thread pool. So there is one write path to prove, and the asynchronous one costs a
 * trip to the thread pool for each wait on the disk and for nothing else.
 */
export type Steps<T> = Generator<Slow, T, unknown>

/** Something that may take long. The generator is given its answer. */
export type Slow =
  | { readonly kind: 'write' | 'read'; readonly fd: number; readonly bytes: Uint8Array }
  | { readonly kind: 'sync'; readonly fd: number }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'settle'; readonly promise: Promise<unknown> }

/** Writes some of `bytes` where the file's position stands, and answers how many. */
export function* writeSome(fd: number, bytes: Uint8Array): Steps<number> {
  return (yield { kind: 'write', fd, bytes }) as number
}

/** Reads some bytes from where the file's position stands, and answers how many; 0 at the end. */
export function* readSome(fd: number, bytes: Uint8Array): Steps<number> {
  return (yield { kind: 'read', fd, bytes }) as number
}

/** Waits until the disk has what was written to `fd`. */
export function* sync(fd: number): Steps<void> {
  yield { kind: 'sync', fd }
}

/** Waits `ms`; not at all when run by `runSync`, which has no clock to wait by. */
export function* pause(ms: number): Steps<void> {
  yield { kind: 'pause', ms }
}

/** Waits for a promise. @throws {TypeError} when run by `runSync`. */
export function* settle<T>(promise: Promise<T>): Steps<T> {
  return (yield { kind: 'settle', promise }) as T
}

/** Runs the steps to their end before it returns. */
export function runSync<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (step.done !== true) {
    let answer: unknown
    try {
      answer = doSync(step.value)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(answer)
  }
  return step.value
}

function doSync(slow: Slow): unknown {
  if (slow.kind === 'write') return writeSync(slow.fd, slow.bytes)
  if (slow.kind === 'read') return readSync(slow.fd, slow.bytes)
  if (slow.kind === 'sync') return fsyncSync(slow.fd)
  if (slow.kind === 'pause') return undefined
  throw new TypeError('a schema that answers with a promise cannot be used synchronously')
}

/** Runs the steps, each slow one without blocking. Aborting ends them where they wait for time. */
export async function runAsync<T>(
  steps: Steps<T>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<T> {
  let step = steps.next()
  while (step.done !== true) {
    let answer: unknown
    try {
      answer = await doAsync(step.value, clock, signal)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(answer)
  }
  return step.value
}

function doAsync(slow: Slow, clock: Clock, signal: AbortSignal | undefined): Promise<unknown> {
  if (slow.kind === 'pause') return clock.sleep(slow.ms, signal)
  if (slow.kind === 'settle') return slow.promise
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, count?: number): void => {
      if (error === null) resolve(count)
      else reject(error)
    }
    if (slow.kind === 'sync') fsync(slow.fd, done)
    else if (slow.kind === 'write') write(slow.fd, slow.bytes, done)
    else read(slow.fd, slow.bytes, done)
  })
}
