import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * How a store of `@holdfast/bandit-store` lies in its directory: segments of lessons, segments of decisions that wait, and snapshots, of
 * which the highest number counts.
 */
export const LESSONS = 'lessons'
export const DECISIONS = 'decisions'

/** Of a segment, in the order in which it may have them. */
export const ENDINGS = ['.log', '.sealed', '.damaged'] as const

const SNAPSHOT = /^snapshot\.([1-9]\d*)\.bin$/

export const snapshotFile = (number: number): string => `snapshot.${number}.bin`

/** The numbers of the snapshots, the newest first. */
export async function snapshotsIn(directory: string): Promise<number[]> {
  const digits = (await readdir(directory)).flatMap((file) => SNAPSHOT.exec(file)?.[1] ?? [])
  return digits.map(Number).toSorted((a, b) => b - a)
}

/** The names of the segments of one kind, without their endings; none where there is no such directory. */
export async function segmentsOf(directory: string, kind: string): Promise<string[]> {
  const files = await namesIn(join(directory, kind))
  const names = files.flatMap((file) => {
    const ending = ENDINGS.find((one) => file.endsWith(one))
    return ending === undefined ? [] : [file.slice(0, -ending.length)]
  })
  return [...new Set(names)]
}

/** What lies in a directory; nothing where there is none. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw error
  }
}
