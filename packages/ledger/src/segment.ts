import { existsSync, statSync } from 'node:fs'
import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { chained, chainStart } from './chain.ts'
import { createDirectory, syncDirectory } from './directory.ts'
import { codeOf } from './errors.ts'
import { writeHead, type Head } from './head.ts'
import type { LineText } from './line.ts'
import { headPath, openPath, sealedPath } from './names.ts'

/** A segment as its writer has it. Only lines that are durable count in `head`. */
export interface Segment {
  readonly name: string
  readonly head: Head
  readonly sizeBytes: number
  /**
   * Appends lines, and brings them to disk.
   * @returns false if the segment was sealed meanwhile: then nobody is sure to read the lines here.
   * @throws the system's error. Then the segment must be left with `abandon`.
   */
  write(lines: readonly LineText[]): Promise<boolean>
  /** Writes the last head, and seals. @throws the system's error; the lines are safe. */
  seal(): Promise<void>
  /**
   * Closes without sealing. After a failure what is not durable is cut, and the head brought up, where that is possible. Of one that was sealed by
   * someone else, who may be reading it, nothing is touched.
   */
  abandon(): Promise<void>
}

/** Whether a segment of this name is there, or was. Chance that is made to repeat gives names that were used before. */
export const isTaken = (directory: string, name: string): boolean =>
  existsSync(headPath(directory, name)) || existsSync(openPath(directory, name))

/**
 * Makes a segment of a name that is not taken, its head first: a segment without a head is one that someone put there.
 * @throws the system's error; then nothing is left.
 */
export async function createSegment(directory: string, name: string): Promise<Segment> {
  const path = openPath(directory, name)
  await createDirectory(dirname(headPath(directory, name)))
  let head: Head = {
    version: 1,
    segment: name,
    lines: 0,
    hash: chainStart(name),
    minMs: null,
    maxMs: null,
    isFinal: false,
  }
  let sizeBytes = 0
  let file: FileHandle | null = null
  const remove = async (): Promise<void> => {
    // The error that led here is the one to tell, and an empty segment harms nobody.
    await file?.close().catch(() => {})
    await unlink(path).catch(() => {})
    await unlink(headPath(directory, name)).catch(() => {})
  }
  try {
    await writeHead(directory, head, 'full')
    file = await open(path, 'ax')
    await syncDirectory(directory)
  } catch (error) {
    await remove()
    throw error
  }
  const opened = file
  const { ino } = await opened.stat()
  const isNamed = (): boolean => statSync(path, { throwIfNoEntry: false })?.ino === ino

  return {
    name,
    get head() {
      return head
    },
    get sizeBytes() {
      return sizeBytes
    },
    async write(lines) {
      const { text, next } = placed(head, lines)
      const bytes = Buffer.from(text)
      await writeAll(opened, bytes)
      await opened.datasync()
      // Whoever seals renames first and reads then. So what is here while the name is, is read.
      if (!isNamed()) return false
      head = next
      sizeBytes += bytes.length
      return true
    },
    async seal() {
      await opened.close()
      await writeHead(directory, { ...head, isFinal: true }, 'full')
      await rename(path, sealedPath(directory, name)).catch(ignoreMissing)
    },
    async abandon() {
      const isOurs = isNamed()
      if (isOurs && head.lines === 0) return await remove()
      // Of no harm if it fails: a torn tail is cut by every reader, whole lines were asked for, and a head may be behind.
      if (isOurs) await opened.truncate(sizeBytes).catch(() => {})
      await opened.close().catch(() => {})
      if (isOurs) await writeHead(directory, head, 'atomic').catch(() => {})
    },
  }
}

/** The lines in their places in the chain, as text, and the head they lead to. */
function placed(head: Head, lines: readonly LineText[]): { text: string; next: Head } {
  let { hash, lines: number, minMs, maxMs } = head
  let text = ''
  for (const line of lines) {
    number += 1
    const link = chained(hash, number, line.text)
    hash = link.hash
    text += `${link.line}\n`
    minMs = Math.min(minMs ?? line.tMs, line.tMs)
    maxMs = Math.max(maxMs ?? line.tMs, line.tMs)
  }
  return { text, next: { ...head, hash, lines: number, minMs, maxMs } }
}

/** A disk may take a part and be asked for the rest. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}

export function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
