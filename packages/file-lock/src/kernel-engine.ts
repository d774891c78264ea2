import { directoryEngine } from './directory-engine.ts'
import type { Grip, LockEngine } from './engine.ts'
import { identity } from './identity.ts'
import { kernelLock, type KernelLock } from './kernel-lock.ts'
import { move } from './lock-directory.ts'
import type { LockOwner } from './owner.ts'
import { TokenGrip } from './token-grip.ts'

/**
 * The token, and with it a lock of the kernel, which ends with its holder however that dies. It says nothing about holders
 * with other engines, but of one of its own kind it proves the death also where process numbers mean nothing: between
 * containers of one machine.
 */
export const kernelEngine: LockEngine = directoryEngine('kernel', (directory, { clock }) => {
  let lock: KernelLock | null = null
  const tryLock = (): boolean => {
    lock ??= kernelLock(directory)
    return lock !== null
  }
  const rest = (): void => {
    lock?.release()
    lock = null
  }
  return {
    engine: 'kernel',
    isProvenDead: ({ engine, boot }) =>
      engine === 'kernel' && boot !== '-' && boot === identity().boot && tryLock(),
    take(from, to) {
      // A holder that was robbed by hand may still have it, for one heartbeat.
      if (!tryLock() || lock === null) return null
      if (!move(directory, from.name, to.name)) return null
      const grip = new KernelGrip(new TokenGrip(directory, to, clock), lock)
      lock = null
      return grip
    },
    rest,
  }
})

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

  release(): boolean {
    try {
      return this.#token.release()
    } finally {
      this.#lock.release()
    }
  }

  releaseAtExit(): void {
    this.#token.releaseAtExit()
  }
}
