import { closeSync, linkSync, openSync, renameSync, unlinkSync } from 'node:fs'
import { messageOf, systemCode } from './errors.ts'
import { corruptPath } from './file-names.ts'
import { identityOf, isSameFile, type FileIdentity } from './read-file.ts'

export type Aside =
  | { readonly kind: 'kept'; readonly at: string }
  /** Another file has taken the place of the judged one. Look again. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Names tried within one millisecond before giving up. */
const MOST_NAMES = 1000

/** Moves a bad file out of the way, under a name that no file had. Never moves another than the judged. */
export function moveAside(file: string, judged: FileIdentity, wallMs: number): Aside {
  try {
    if (!isSameFile(identityOf(file), judged)) return { kind: 'changed' }
    const kept = reserve(file, wallMs)
    try {
      renameSync(file, kept)
    } catch (error) {
      unlinkSync(kept)
      if (systemCode(error) === 'ENOENT') return { kind: 'changed' }
      throw error
    }
    return confirmAside(file, kept, judged)
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) }
  }
}

/**
 * Makes sure that what was moved is what was judged. A writer can win between the look and the rename;
 * its good file is then put back, unless a yet newer one is already there.
 */
export function confirmAside(file: string, kept: string, judged: FileIdentity): Aside {
  if (isSameFile(identityOf(kept), judged)) return { kind: 'kept', at: kept }
  try {
    linkSync(kept, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') {
      // No hard links here, so it goes back the plain way.
      renameSync(kept, file)
      return { kind: 'changed' }
    }
  }
  unlinkSync(kept)
  return { kind: 'changed' }
}

/** Takes a name by making an empty file of it: a rename would silently replace an earlier one. */
function reserve(file: string, wallMs: number): string {
  for (let attempt = 0; attempt < MOST_NAMES; attempt += 1) {
    const kept = corruptPath(file, wallMs, attempt)
    try {
      closeSync(openSync(kept, 'wx', 0o600))
      return kept
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  }
  throw new Error(`all names for ${corruptPath(file, wallMs, 0)} are taken`)
}
