import { basename, dirname, join, parse } from 'node:path'

/**
 * The names this package uses beside a file:
 *
 *   state.json                          the file
 *   .state.json.<pid>.<16 hex>.tmp      being written
 *   state.json.bak.1, .bak.2 …          earlier generations, 1 the newest
 *   state.json.corrupt-<time>           a bad file kept aside
 *   state.17.json                       the file under fence 17
 */

/** Kept short: a file name ends at 255 bytes, and one UTF-16 unit can take three of them. */
const LONGEST_STEM = 60

export function temporaryPath(path: string, pid: number, hex: string): string {
  return join(dirname(path), `${temporaryStem(path)}${pid}.${hex}.tmp`)
}

/** The writer's pid in the name of a temporary file of `path`; null for any other name. */
export function temporaryPid(path: string, name: string): number | null {
  const stem = temporaryStem(path)
  if (!name.startsWith(stem)) return null
  const match = /^([1-9]\d{0,9})\.[0-9a-f]{16}\.tmp$/.exec(name.slice(stem.length))
  return match === null ? null : Number(match[1])
}

function temporaryStem(path: string): string {
  return `.${basename(path).slice(0, LONGEST_STEM)}.`
}

/** @param age 1 for the newest. */
export const generationPath = (path: string, age: number): string => `${path}.bak.${age}`

/** The generations of `path` among the names of its directory, newest first. */
export function generationPaths(path: string, names: readonly string[]): string[] {
  const stem = `${basename(path)}.bak.`
  return names
    .filter((name) => name.startsWith(stem) && /^[1-9]\d{0,8}$/.test(name.slice(stem.length)))
    .map((name) => Number(name.slice(stem.length)))
    .toSorted((a, b) => a - b)
    .map((age) => generationPath(path, age))
}

/** @param attempt 0 for the plain name; more when that was taken. */
export function corruptPath(path: string, atMs: number, attempt: number): string {
  const time = new Date(atMs).toISOString().replaceAll(/[-:]/g, '')
  return `${path}.corrupt-${time}${attempt === 0 ? '' : `-${attempt}`}`
}

/** `state.json` under fence 17 is `state.17.json`. */
export function fencedPath(path: string, fence: number): string {
  const { dir, name, ext } = parse(path)
  return join(dir, `${name}.${fence}${ext}`)
}

/** The fences of `path` among the names of its directory, highest first. */
export function fencesOf(path: string, names: readonly string[]): number[] {
  const { name: stem, ext } = parse(path)
  return names
    .filter((name) => name.startsWith(`${stem}.`) && name.endsWith(ext))
    .map((name) => name.slice(stem.length + 1, name.length - ext.length))
    .filter((digits) => /^(?:0|[1-9]\d{0,15})$/.test(digits))
    .map(Number)
    .filter((fence) => Number.isSafeInteger(fence))
    .toSorted((a, b) => b - a)
}
