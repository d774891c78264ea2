/** Why the file was not touched. */
export type SharedJsonRefusedCode = 'SHARED_JSON_MIXED' | 'SHARED_JSON_OVERTAKEN'

/**
 * Thrown when someone writes the file in another way than this call, so that one of the two would be lost. The change
 * was not written; the lock was given back.
 */
export class SharedJsonRefusedError extends Error {
  override readonly name = 'SharedJsonRefusedError'
  readonly code: SharedJsonRefusedCode
  readonly path: string

  constructor(code: SharedJsonRefusedCode, path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.code = code
    this.path = path
  }
}

/**
 * Thrown when the new value was put in place, but it did not prove that the lock was ours until then. Usually it
 * is in the file. If the lock was lost, its next holder may have read the file before, and then the value is
 * replaced by one that does not know of it. Read the file before you repeat the change: it may be there.
 * `cause` is the lock's error.
 */
export class SharedJsonUnconfirmedError extends Error {
  override readonly name = 'SharedJsonUnconfirmedError'
  readonly code = 'SHARED_JSON_UNCONFIRMED'
  readonly path: string
  /** The number under which it was written. */
  readonly fence: number

  constructor(path: string, fence: number, cause: unknown) {
    super(`${path}: written under fence ${fence}, but not confirmed: ${messageOf(cause)}`, {
      cause,
    })
    this.path = path
    this.fence = fence
  }
}

/** The literal code of an error; empty when it has none. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
