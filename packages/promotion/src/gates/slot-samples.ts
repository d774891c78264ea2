import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ignore, type Observe } from '@holdfast/seams'
import { systemCode } from '../errors.ts'
import { aWindow, type Window } from '../evidence/row.ts'
import type { PromotionFact } from '../facts.ts'
import { onlyOptions, someText } from '../option-rules.ts'
import { DAY_MS, daysBetween, readLook, type SlotLook } from './slot-line.ts'
import type { SlotSample } from './slots.ts'

export interface ReadSlotsOptions {
  /** Hears how many lines of a file are torn or no looks. */
  readonly observe?: Observe<PromotionFact>
}

/**
 * Reads what slot records say of a window, for `slotsOver`: all samples from its first moment to just before its last, by time, and before them the
 * last word of each process on each slot, as long as that is no older than a day. Lines that are torn or malformed are told and passed over;
 * without any file there are no samples.
 * @throws {TypeError | RangeError} naming a bad option or window; and what the system says of a file that is there and cannot be read.
 */
export async function readSlotSamples(
  directory: string,
  window: Window,
  options: ReadSlotsOptions = {},
): Promise<SlotSample[]> {
  someText('directory', directory)
  aWindow(window)
  onlyOptions('slot samples', options, ['observe'])
  const { observe = ignore } = options
  const { fromMs, toMs } = window
  const before = new Map<string, SlotSample>()
  const within: SlotSample[] = []
  const names = await readdir(directory).catch(noneIfMissing<string>)
  // A look that had to wait for the disk is in a later day's file.
  for (const name of daysBetween(names, fromMs - DAY_MS, toMs + DAY_MS)) {
    const path = join(directory, name)
    for (const sample of (await looksIn(path, observe)).flatMap(samplesOf)) {
      const { slot, writer, atMs } = sample
      const key = JSON.stringify([slot, writer])
      if (atMs >= fromMs) {
        if (atMs < toMs) within.push(sample)
      } else if (atMs >= fromMs - DAY_MS && !((before.get(key)?.atMs ?? -Infinity) > atMs)) {
        before.set(key, sample)
      }
    }
  }
  return [...before.values(), ...within].toSorted((a, b) => a.atMs - b.atMs)
}

async function looksIn(path: string, observe: Observe<PromotionFact>): Promise<SlotLook[]> {
  // Gone since it was listed: too old to be kept.
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    noneIfMissing(error)
    return ''
  })
  const lines = text.split('\n').filter((line) => line !== '')
  const looks = lines.map(readLook).filter((look) => look !== null)
  const bad = lines.length - looks.length
  if (bad > 0) observe({ kind: 'promotion.slot-lines-malformed', path, lines: bad })
  return looks
}

function samplesOf({ slots, ...look }: SlotLook): SlotSample[] {
  return Object.entries(slots).map(([slot, status]) => ({ slot, status, ...look }))
}

function noneIfMissing<T>(error: unknown): T[] {
  if (systemCode(error) !== 'ENOENT') throw error
  return []
}
