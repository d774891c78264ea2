/** How long a lock is waited for by someone who may be told to hurry. */
export interface Patience {
  /** Options of `updateSharedJson`, which overrule its `waitMs`. */
  readonly wait: { readonly signal?: AbortSignal; readonly waitMs?: number }
  /** Called under the lock: what has begun is finished, and not left half done. */
  readonly end: () => void
}

/** A lock is waited for until `signal` is aborted; from then on one that is free is still taken, and no other. */
export function patience(signal: AbortSignal | null): Patience {
  if (signal === null) return { wait: {}, end() {} }
  if (signal.aborted) return { wait: { waitMs: 0 }, end() {} }
  const waiting = new AbortController()
  const hurry = (): void => waiting.abort(signal.reason)
  signal.addEventListener('abort', hurry, { once: true })
  return {
    wait: { signal: waiting.signal },
    end: () => signal.removeEventListener('abort', hurry),
  }
}
