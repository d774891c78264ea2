import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Context } from '../command.ts'
import { sizeText } from '../figure.ts'
import { closedAt, closedNext, closedText } from '../rights.ts'
import { backupsIn, learnedIn } from '../state/places.ts'
import { broken, ok, problem, warning, type Said } from './finding.ts'

type Right = 'missing' | 'not a directory' | 'unreadable' | 'read-only' | 'writable'

/** What may be done in a directory, by asking the system: nothing is written to find out. */
async function rightTo(path: string): Promise<Right> {
  try {
    if (!(await stat(path)).isDirectory()) return 'not a directory'
    await access(path, constants.R_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable'
  }
  return await access(path, constants.W_OK).then(
    () => 'writable' as const,
    () => 'read-only' as const,
  )
}

/** Whether it is a directory that may be looked into. */
export async function canRead(path: string): Promise<boolean> {
  const right = await rightTo(path)
  return right === 'writable' || right === 'read-only'
}

/** Whether the directories can be read and written by whoever calls. */
export async function lookAtPaths({ dataDir, settings }: Context): Promise<readonly Said[]> {
  const right = await rightTo(dataDir)
  if (right === 'missing') {
    return [problem(`there is no data directory ${dataDir}`, 'holdfast config show --origin')]
  }
  if (right !== 'writable') return [rightFinding(dataDir, right)]
  const parts = [
    learnedIn(dataDir),
    join(learnedIn(dataDir), 'lessons'),
    join(dataDir, 'ledger'),
    join(dataDir, 'rollout'),
    backupsIn(dataDir),
    settings.receipts.directory,
  ]
  const said: Said[] = []
  for (const path of parts) {
    const found = await rightTo(path)
    // What is missing is made by whoever needs it first, as long as that is possible.
    if (found === 'writable' || (found === 'missing' && (await isMakeable(path)))) continue
    said.push(rightFinding(path, found))
  }
  return said.length > 0 ? said : [ok(`${dataDir} can be read and written, and what is in it`)]
}

function rightFinding(path: string, right: Right): Said {
  if (right === 'not a directory') return broken(`${path} is ${right}`, `ls -ld ${path}`)
  if (right !== 'unreadable') return problem(`${path} is ${right}`, `ls -ld ${path}`)
  const closed = closedAt(path)
  return problem(closedText(closed), closedNext(closed)[0] ?? null)
}

/** Whether the nearest directory above that is there may be written. */
async function isMakeable(path: string): Promise<boolean> {
  const parent = dirname(path)
  const right = await rightTo(parent)
  return right === 'missing' && parent !== path ? await isMakeable(parent) : right === 'writable'
}

const MIB = 1024 * 1024

/** How much room there is. */
export async function lookAtDisk({ dataDir }: Context): Promise<readonly Said[]> {
  const { bavail, blocks, bsize } = await statfs(dataDir)
  return [diskFinding(dataDir, bavail * bsize, blocks * bsize)]
}

/** Below 64 MiB lessons and lines are about to be refused; below 1 GiB and a twentieth it is time to make room. */
export function diskFinding(path: string, freeBytes: number, totalBytes: number): Said {
  const share = totalBytes > 0 ? Math.floor((100 * freeBytes) / totalBytes) : 0
  const seen = `${sizeText(freeBytes)} free of ${sizeText(totalBytes)} (${share} %)`
  if (freeBytes < 64 * MIB) return problem(seen, `df -h ${path}`)
  const isScarce = freeBytes < 1024 * MIB && freeBytes < totalBytes / 20
  return isScarce ? warning(seen, `df -h ${path}`) : ok(seen)
}
