import type * as ProperLockfile from 'proper-lockfile'
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { directoryEngine } from './directory-engine.ts'
import type { Grip, LockEngine, Opening, Terms } from './engine.ts'
import type { HeldToken, Token } from './entry-name.ts'
import { LockFailedError, systemCode } from './errors.ts'
import { isThere, move } from './lock-directory.ts'
import { freed } from './next-move.ts'
import type { LockOwner } from './owner.ts'
import { beat, giveBack, HEARTBEAT_MS } from './token-grip.ts'

/**
 * proper-lockfile 4.1.2 does the locking: it claims, judges, removes a stale lock, claims again, beats, and notices a loss. It
 * is given a file system in which its four calls move our token, so that its own steps, which are not safe on a bare
 * directory, are safe here: what it removes is the one lock that was judged, never a successor.
 */
export const properLockfileEngine: LockEngine = directoryEngine(
  'proper-lockfile',
  (directory, terms) => ({
    engine: 'proper-lockfile',
    take: (from, to, opening) => take(directory, from, to, opening, terms),
  }),
)

async function take(
  directory: string,
  from: Token,
  to: HeldToken,
  opening: Opening,
  { staleMs, clock }: Terms,
): Promise<Grip | null> {
  const fs = new TokenFs(directory, from, to, opening, () => clock.wallMs())
  const grip = new LibraryGrip(fs, to)
  try {
    // Its name for a lock is ours alone: one that was lost may be given back after the next was taken.
    const release = await load().lock(`${directory}#${to.fence}`, {
      fs,
      lockfilePath: directory,
      realpath: false,
      retries: 0,
      stale: staleMs,
      update: HEARTBEAT_MS,
      onCompromised: (error) => grip.lose(error),
    })
    return grip.taken(release)
  } catch (error) {
    if (systemCode(error) === 'ELOCKED') return null
    throw error
  }
}

/** What proper-lockfile holds for us. */
class LibraryGrip implements Grip {
  readonly fence: number
  readonly owner: LockOwner
  readonly #fs: TokenFs
  #release: () => Promise<void> = () => Promise.resolve()
  #loss: { readonly cause: unknown } | null = null
  /** Whether the library was told to give back. */
  #isLeft = false
  #onLost: ((cause?: unknown) => void) | null = null

  constructor(fs: TokenFs, { fence, owner }: HeldToken) {
    this.#fs = fs
    this.fence = fence
    this.owner = owner
  }

  taken(release: () => Promise<void>): this {
    this.#release = release
    return this
  }

  lose(cause: unknown): void {
    this.#loss = { cause }
    this.#onLost?.(cause)
  }

  isOurs(): boolean {
    return this.#fs.isOurs()
  }

  keep(onLost: (cause?: unknown) => void): void {
    this.#onLost = onLost
    if (this.#loss !== null) onLost(this.#loss.cause)
  }

  /** The library gives back once; after a failure, or a loss it believes in, the token is given back without it. */
  async release(): Promise<boolean> {
    this.#onLost = null
    const isFirst = this.#loss === null && !this.#isLeft
    this.#isLeft = true
    if (isFirst) await this.#release()
    else this.#fs.rmdirSync()
    return this.#loss === null && !this.#fs.wasLost
  }

  releaseAtExit(): void {
    try {
      this.#fs.rmdirSync()
    } catch {
      // The process ends now, and that alone proves to everyone that the lock is free.
    }
  }
}

type Done = (error: unknown) => void
type Stat = { readonly mtime: Date }

/** A time that proper-lockfile finds stale, and one that it does not, whatever the wall clock says. */
const STALE = new Date(0)
const FRESH = new Date(8.64e15)

/** The file system that proper-lockfile sees: one lock, which is a token. */
class TokenFs {
  readonly #directory: string
  readonly #from: Token
  readonly #to: HeldToken
  readonly #wallMs: () => number
  #state: 'watched' | 'cleared' | 'ours' | 'over' = 'watched'
  #mtime = FRESH
  #isProbed = false
  wasLost = false

  constructor(
    directory: string,
    from: Token,
    to: HeldToken,
    opening: Opening,
    wallMs: () => number,
  ) {
    this.#directory = directory
    this.#from = from
    this.#to = to
    this.#wallMs = wallMs
    if (opening === 'free') this.#state = 'cleared'
  }

  isOurs(): boolean {
    return isThere(this.#directory, this.#to.name)
  }

  /** Claims the lock. */
  mkdir(_path: string, done: Done): void {
    answer(done, () => {
      const { name } = this.#from.kind === 'free' ? this.#from : freed(this.#from)
      const isWon = this.#state === 'cleared' && move(this.#directory, name, this.#to.name)
      if (!isWon) throw Object.assign(new Error('the lock has a holder'), { code: 'EEXIST' })
      this.#state = 'ours'
    })
  }

  /** A holder who was found dead, or without a lease, before we came here is stale; anyone else is not. */
  stat(_path: string, done: (error: unknown, stat?: Stat) => void): void {
    const mtime = this.#state === 'watched' ? STALE : this.#mtime
    queueMicrotask(() => done(null, { mtime }))
  }

  /** Shows a sign of life. The first call only asks how exact times are here, which is of no use to us. */
  utimes(_path: string, _atime: Date, mtime: Date, done: Done): void {
    answer(done, () => {
      if (this.#isProbed && !beat(this.#directory, this.#to, this.#wallMs())) {
        throw Object.assign(new Error('the token is gone'), { code: 'ENOENT' })
      }
      this.#isProbed = true
      this.#mtime = mtime
    })
  }

  /** Gives our lock back, or clears away the one that was judged. */
  rmdir(_path: string, done: Done): void {
    answer(done, () => this.rmdirSync())
  }

  rmdirSync(): void {
    if (this.#state === 'ours') {
      this.wasLost = !giveBack(this.#directory, this.#to)
      if (this.wasLost && this.isOurs())
        throw Object.assign(new Error('try again'), { code: 'EBUSY' })
      this.#state = 'over'
    } else if (this.#state === 'watched' && this.#from.kind === 'held') {
      this.#state = 'cleared'
      move(this.#directory, this.#from.name, freed(this.#from).name) // Someone else may have cleared it.
    }
  }
}

/** Does the work now, and reports after the caller has returned, as a file system would. */
function answer(done: Done, work: () => void): void {
  let failure: unknown = null
  try {
    work()
  } catch (error) {
    failure = error
  }
  queueMicrotask(() => done(failure))
}

let library: typeof ProperLockfile | undefined

/**
 * Loads proper-lockfile when it is first needed, and takes back what loading it did to the process: its exit hook brings four
 * signal listeners, which would delay a Ctrl-C until the event loop turns. Hooks of others stay, and so do those of a
 * program that loaded proper-lockfile itself.
 */
function load(): typeof ProperLockfile {
  if (library !== undefined) return library
  const others = new Set(exitHooks()?.listeners('exit'))
  try {
    const require = createRequire(import.meta.url)
    const loaded = new Set(Object.keys(require.cache))
    library = require('proper-lockfile') as typeof ProperLockfile
    // A program that loads it later must get one with its hook, or its own locks would outlive it.
    for (const file of Object.keys(require.cache)) {
      if (!loaded.has(file) && !file.includes('signal-exit')) delete require.cache[file]
    }
    const hooks = exitHooks()
    for (const hook of hooks?.listeners('exit') ?? []) {
      if (!others.has(hook)) hooks?.removeListener('exit', hook as () => void)
    }
    if (hooks?.listenerCount('exit') === 0 && hooks.listenerCount('afterexit') === 0) {
      const path = require.resolve('proper-lockfile')
      const signalExit = createRequire(path)('signal-exit') as { unload(): void }
      signalExit.unload()
    }
  } catch (error) {
    throw new LockFailedError(
      'LOCK_ENGINE',
      'proper-lockfile',
      'it could not be loaded; install it, or choose another engine',
      error,
    )
  }
  return library
}

/** Where signal-exit 3, which proper-lockfile uses, keeps its hooks for the whole process. */
function exitHooks(): EventEmitter | undefined {
  const { __signal_exit_emitter__: hooks } = process as { __signal_exit_emitter__?: unknown }
  return hooks instanceof EventEmitter ? hooks : undefined
}
