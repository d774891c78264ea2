import { closeSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@holdfast/seams'
import type { BanditStore, Part } from './bandit-store.ts'
import { lessonOf, newId, type Told } from './lesson.fixture.ts'

const LANES = 8
/** Of a line: an id, a space, a letter for the part, a line feed. */
const LINE_BYTES = 39
const LETTERS: Readonly<Record<Part, string>> = { immediate: 'i', later: 'l' }

export interface Workload {
  /** Ends when every lesson under way has been answered. */
  stop(): Promise<void>
}

/** A lesson as a line of a file. */
const lineOf = ({ id, part }: Told): string => `${id} ${LETTERS[part]}\n`

/** The lessons in such a file; a last line that was cut is none. */
export function toldIn(bytes: Buffer): Told[] {
  const told: Told[] = []
  for (let at = 0; at + LINE_BYTES <= bytes.length; at += LINE_BYTES) {
    const line = bytes.toString('latin1', at, at + LINE_BYTES)
    told.push({ id: line.slice(0, 36), part: line[37] === 'i' ? 'immediate' : 'later' })
  }
  return told
}

/**
 * Eight lanes that tell a store lesson after lesson. Each is written to `<at>/told.<name>` before it is told, and to
 * `<at>/acked.<name>` after it was acknowledged: what a process has written to a file outlives a SIGKILL. A fifth of
 * what the processes named `of` tell is told here once more, and is written to `<at>/told.again-<name>`.
 */
export function startWorkload(
  store: BanditStore,
  { at, name, of }: { readonly at: string; readonly name: string; readonly of: string },
): Workload {
  const told = openSync(join(at, `told.${name}`), 'a')
  const again = openSync(join(at, `told.again-${name}`), 'a')
  const acked = openSync(join(at, `acked.${name}`), 'a')
  const neighbours = fileFollower(at, `told.${of}`)
  const repeats: Told[] = []
  const over = new AbortController()

  const tell = async (lesson: Told, log: number): Promise<void> => {
    writeSync(log, lineOf(lesson))
    await store.reward(lesson.id, lessonOf(lesson))
    writeSync(acked, lineOf(lesson))
  }

  /** A decision of one or two parts, whichever comes first; some are remembered before. */
  const decision = async (): Promise<void> => {
    const id = newId(systemRandom)
    const { arm, context } = lessonOf({ id, part: 'immediate' })
    if (systemRandom.integer(16) === 0) store.remember(id, { arm, context, note: id })
    const parts: Part[] = ['immediate']
    if (systemRandom.integer(4) === 0) parts.splice(systemRandom.integer(2), 0, 'later')
    for (const part of parts) await tell({ id, part }, told)
  }

  const repeat = async (lesson: Told): Promise<void> => {
    if (systemRandom.integer(64) === 0) await checkRecall(store, lesson.id)
    await tell(lesson, again)
  }

  const lane = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const lesson = repeats.shift()
      await (lesson === undefined ? decision() : repeat(lesson))
    }
  }
  const follow = async (): Promise<void> => {
    while (!over.signal.aborted) {
      for (const lesson of neighbours()) if (/[05af]$/.test(lesson.id)) repeats.push(lesson)
      await systemClock.sleep(5)
    }
  }

  const working = Promise.all([follow(), ...Array.from({ length: LANES }, lane)])
  return {
    async stop() {
      over.abort()
      await working
      for (const file of [told, again, acked]) closeSync(file)
    },
  }
}

/** @throws {Error} if a decision comes back as another one. */
async function checkRecall(store: BanditStore, id: string): Promise<void> {
  const recalled = await store.recall(id)
  const { arm, context } = lessonOf({ id, part: 'immediate' })
  if (recalled.kind !== 'found') return
  const isSame = recalled.context.every((value, i) => Math.abs(value - context[i]!) < 1 / 4096)
  if (recalled.arm !== arm || recalled.note !== id || !isSame) {
    throw new Error(`${id} was recalled as ${JSON.stringify(recalled)}`)
  }
}

/** Reads what is appended to files of a directory whose names begin so, and the last hundred lines before. */
function fileFollower(directory: string, prefix: string): () => Told[] {
  const files = new Map<string, { readonly fd: number; offset: number }>()
  const bytes = Buffer.alloc(LINE_BYTES * 1000)
  const open = (name: string): { readonly fd: number; offset: number } => {
    const fd = openSync(join(directory, name), 'r')
    const lines = Math.floor(fstatSync(fd).size / LINE_BYTES)
    return { fd, offset: Math.max(0, lines - 100) * LINE_BYTES }
  }
  return () => {
    const told: Told[] = []
    for (const name of readdirSync(directory)) {
      if (!name.startsWith(prefix)) continue
      const file = files.get(name) ?? open(name)
      files.set(name, file)
      const count = readSync(file.fd, bytes, 0, bytes.length, file.offset)
      const lessons = toldIn(bytes.subarray(0, count))
      file.offset += lessons.length * LINE_BYTES
      told.push(...lessons)
    }
    return told
  }
}
