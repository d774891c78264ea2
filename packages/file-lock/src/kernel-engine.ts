import { directoryEngine } from './directory-engine.ts'
import type { Grip, LockEngine } from './engine.ts'
import { heldToken, type HeldToken } from './entry-name.ts'
import { identity } from './identity.ts'
import { kernelLock, type KernelLock } from './kernel-lock.ts'
import { move } from './lock-directory.ts'
import type { LockOwner } from './owner.ts'
import { TokenGrip } from './token-grip.ts'

/**
 * The token, and with it a lock of the kernel, which ends with its holder however that dies. It says nothing about holders
 * with other engines, but of one of its own kind it tells life from death also where process numbers mean nothing: between
 * containers of one machine.
 */
export const kernelEngine: LockEngine = directoryEngine('kernel', (directory, { clock }) => {
  let lock: KernelLock | null = null
  let busySinceMs: number | null = null
  const tryLock = (): KernelLock | null => (lock ??= kernelLock(directory))
  return {
    engine: 'kernel',
    kernelLockOf({ engine, boot }) {
      if (engine !== 'kernel' || boot === '-' || boot !== identity().boot) return null
      return tryLock() === null ? 'held' : 'free'
    },
    take(from, to) {
      const kernel = tryLock()
      if (kernel === null) {
        busySinceMs ??= clock.monotonicMs()
        if (clock.monotonicMs() - busySinceMs < PATIENCE_MS) return null
      }
      if (kernel !== null) busySinceMs = null
      const held = kernel === null ? withoutKernel(to) : to
      if (!move(directory, from.name, held.name)) return null
      lock = null
      const token = new TokenGrip(directory, held, clock)
      return kernel === null ? token : new KernelGrip(token, kernel)
    },
    rest() {
      lock?.release()
      lock = null
    },
  }
})

/** How long the kernel's lock may be busy while the token can be had. In passing it is so for some µs. */
const PATIENCE_MS = 50

/**
 * A process from which the token was taken, by lease or by hand, has the kernel's lock for as long as it is stopped. The token
 * alone excludes everyone; only, nobody may take this holder's kernel lock for its life, so it goes as one of the direct
 * engine.
 */
function withoutKernel({ fence, owner }: HeldToken): HeldToken {
  return heldToken(fence, { ...owner, engine: 'direct' })
}

class KernelGrip implements Grip {
  readonly fence: number
  readonly owner: LockOwner
  readonly #token: TokenGrip
  readonly #lock: KernelLock

  constructor(token: TokenGrip, lock: KernelLock) {
    this.fence = token.fence
    this.owner = token.owner
    this.#token = token
    this.#lock = lock
  }

  isOurs(): boolean {
    if (this.#token.isOurs() && this.#lock.isOurs()) return true
    this.#lock.release() // It would keep a successor out.
    return false
  }

  keep(onLost: (cause?: unknown) => void): void {
    this.#token.keep((cause) => {
      this.#lock.release()
      onLost(cause)
    })
  }

  /** A failure leaves both as they are, to be given back again. */
  release(): boolean | Promise<boolean> {
    const wasOurs = this.#token.release()
    const end = (isTokenBack: boolean): boolean => {
      this.#lock.release()
      return isTokenBack
    }
    return typeof wasOurs === 'boolean' ? end(wasOurs) : wasOurs.then(end)
  }

  releaseAtExit(): void {
    this.#token.releaseAtExit()
  }
}
