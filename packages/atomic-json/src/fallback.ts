import { linkSync, readdirSync, renameSync, unlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { systemCode } from './errors.ts'
import { fencedPath, fencesOf, generationPath, generationPaths } from './file-names.ts'
import { identityOf, isSameFile, type FileIdentity } from './read-file.ts'
import { isMissing } from './system-error.ts'

/** The names in the directory of `path`; none when it is missing. @throws the system's error. */
export function namesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/**
 * The files that may stand in for `file`, newest first: its generations, then those under lower fences
 * and their generations.
 * @param fencedBase the path without fence, or null when there are no fences.
 */
export function fallbacksOf(file: string, fencedBase: string | null): string[] {
  const names = namesBeside(file)
  const own = generationPaths(file, names)
  if (fencedBase === null) return own
  const lower = fencesOf(fencedBase, names)
    .map((fence) => fencedPath(fencedBase, fence))
    .filter((other) => other !== file)
  const isLower = (other: string): boolean => fenceIn(other, fencedBase) < fenceIn(file, fencedBase)
  return [
    ...own,
    ...lower.filter(isLower).flatMap((other) => [other, ...generationPaths(other, names)]),
  ]
}

/** The fence in the name of a file that `fencedPath` named. */
export function fenceIn(file: string, fencedBase: string): number {
  return fencesOf(fencedBase, [basename(file)])[0] ?? -1
}

/**
 * Makes the file the newest generation and moves the others one back. The file itself stays where it
 * is, by a second name, so at no moment is there no file. Does nothing unless it is still `whole`, the
 * one that has just proved to be so: a bad one would push a good one out.
 * @param second a name for it that no file has, in the same directory.
 * @throws the system's error, such as EPERM where there are no hard links.
 */
export function keepGeneration(
  file: string,
  whole: FileIdentity,
  count: number,
  second: string,
): void {
  const newest = generationPath(file, 1)
  // A writer died between keeping this very file and replacing it, or it was restored from there.
  if (isSameFile(whole, identityOf(newest))) return
  try {
    linkSync(file, second)
  } catch (error) {
    // A reader has just moved it aside.
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  try {
    if (!isSameFile(whole, identityOf(second))) {
      unlinkSync(second)
      return
    }
    for (let age = count; age >= 2; age -= 1) {
      renameIfThere(generationPath(file, age - 1), generationPath(file, age))
    }
    renameSync(second, newest)
  } catch (error) {
    unlinkSync(second)
    throw error
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

/** Removes the files under lower fences than `fence`, but for the `keep` newest. */
export function removeLowerFences(base: string, fence: number, keep: number): void {
  const names = namesBeside(base)
  const lower = fencesOf(base, names).filter((other) => other < fence)
  for (const other of lower.slice(keep)) {
    const file = fencedPath(base, other)
    for (const old of [...generationPaths(file, names), file]) unlinkSync(old)
  }
}
