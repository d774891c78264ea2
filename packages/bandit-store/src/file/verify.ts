import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, messageOf } from '../errors.ts'
import { Fold, type ArmSums, type FoldRules } from '../fold.ts'
import type { VerifyReport } from '../verify-report.ts'
import type { LessonReader } from './lesson-reader.ts'
import { LESSONS, segmentOf, snapshotFile } from './names.ts'
import { openSegment } from './segment-reader.ts'
import { decodeSnapshot } from './snapshot.ts'
import { snapshotNumbers } from './snapshot-file.ts'

/**
 * Compares what is stored with what a process knows.
 * @param isQuiet whether nothing waits to be written.
 */
export async function verify(
  directory: string,
  reader: LessonReader,
  isQuiet: () => boolean,
): Promise<VerifyReport> {
  await reader.look()
  const { decisions: before } = reader.fold
  const { name } = reader.base
  const { fold, problems, sizeBytes } = await readAfresh(directory, reader.fold.rules)
  await reader.look()
  // While lessons or snapshots come in the two cannot be compared; nor while two accounts of a decision wait for one.
  const isStill = before === reader.fold.decisions && name === reader.base.name
  const isComparable = isStill && isQuiet() && !reader.isInConflict
  const all = [...problems]
  if (isComparable && !isEqual(fold, reader.fold)) {
    all.push(
      `${directory}: ${fold.decisions} decisions are stored and ${before} known here, or their sums differ`,
    )
  }
  return { isSound: all.length === 0, problems: all, decisions: fold.decisions, sizeBytes }
}

/** What was found on the disk. */
interface Found {
  readonly problems: readonly string[]
  readonly fold: Fold
  readonly sizeBytes: number
}

/** Reads all that is stored afresh, and puts it together anew. */
async function readAfresh(directory: string, rules: FoldRules): Promise<Found> {
  const problems: string[] = []
  const [number = 1] = await snapshotNumbers(directory)
  const path = join(directory, snapshotFile(number))
  let fold = new Fold(rules)
  let covered: ReadonlyMap<string, number> = new Map()
  let sizeBytes = 0
  const bytes = await readFile(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') problems.push(`${path}: ${messageOf(error)}`)
    return null
  })
  if (bytes !== null) {
    sizeBytes += bytes.length
    try {
      const snapshot = decodeSnapshot(path, bytes)
      covered = snapshot.frame.covered
      fold = new Fold(rules, snapshot.contents)
    } catch (error) {
      if (!codeOf(error).startsWith('BANDIT_STORE_')) throw error
      problems.push(messageOf(error))
    }
  }
  for (const file of await readdir(join(directory, LESSONS))) {
    const name = segmentOf(file)
    if (name === null) continue
    sizeBytes += await sizeOf(join(directory, LESSONS, file))
    const isCovered = covered.has(name)
    const segment = await openSegment(join(directory, LESSONS, name), rules.dim)
    // Removed since the directory was read, because a newer snapshot covers it.
    if (segment === null) continue
    try {
      const { damagedBytes } = await segment.readToEnd((body) => {
        if (body.kind === 'lesson' && !isCovered) fold.count(body)
      })
      if (damagedBytes > 0) {
        problems.push(`${join(directory, LESSONS, file)}: ${damagedBytes} bytes cannot be read`)
      }
    } finally {
      await segment.close()
    }
  }
  return { problems, fold, sizeBytes }
}

/** 0 if it was removed since the directory was read. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}

/** Whether two folds agree in every bit. */
function isEqual(one: Fold, other: Fold): boolean {
  return (
    one.decisions === other.decisions &&
    one.epochs.size === other.epochs.size &&
    isSame(one.older, other.older) &&
    isSame(one.imported, other.imported) &&
    [...one.epochs].every(([epoch, arms]) => isSame(arms, other.epochs.get(epoch) ?? new Map()))
  )
}

function isSame(one: ArmSums, other: ArmSums): boolean {
  if (one.size !== other.size) return false
  return [...one].every(([arm, sums]) => {
    const its = other.get(arm)
    return (
      its !== undefined &&
      its.pulls === sums.pulls &&
      its.rewardSum === sums.rewardSum &&
      sums.a.every((value, i) => value === its.a[i]) &&
      sums.b.every((value, i) => value === its.b[i])
    )
  })
}
