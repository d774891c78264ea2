import { join } from 'node:path'
import { readJson, replaceJson, type ReplaceJsonOptions } from '@holdfast/atomic-json'
import type { RolloutState } from '../rollout/state.ts'

/** How long looks have followed one another at a stage. */
export interface Looks {
  readonly version: 1
  readonly epoch: number
  /** When the stage began. */
  readonly sinceMs: number
  /** Since when there was no gap. */
  readonly fromMs: number
  readonly lastMs: number
}

type Stay = Pick<RolloutState, 'epoch' | 'sinceMs'>

/**
 * The looks with one more, now. A look at a window vouches for two windows, so that one day may be left out; time that none vouches for is
 * not green, whatever came before and after it.
 */
export function withLook(
  looks: Looks | null,
  { epoch, sinceMs }: Stay,
  nowMs: number,
  windowMs: number,
): Looks {
  const reachMs = nowMs - 2 * windowMs
  const isOfStage = looks !== null && looks.epoch === epoch && looks.sinceMs === sinceMs
  const [fromMs, lastMs] = isOfStage ? [looks.fromMs, looks.lastMs] : [sinceMs, sinceMs]
  const now = { version: 1, epoch, sinceMs, lastMs: nowMs } as const
  return { ...now, fromMs: lastMs >= reachMs ? fromMs : nowMs - windowMs }
}

/** The looks so far. Where they are lost or broken, they begin anew: that holds the stage longer, and nothing else. */
export async function readLooks(directory: string): Promise<Looks | null> {
  const found = await readJson<Looks>(looksPath(directory), { onCorrupt: 'answer' })
  return found.kind === 'ok' && isLooks(found.value) ? found.value : null
}

export async function writeLooks(
  directory: string,
  looks: Looks,
  options: Pick<ReplaceJsonOptions<Looks>, 'clock' | 'random'>,
): Promise<void> {
  await replaceJson(looksPath(directory), looks, {
    ...options,
    pretty: true,
    createDirectory: true,
  })
}

function looksPath(directory: string): string {
  return join(directory, 'rollout-looks.json')
}

function isLooks(value: Partial<Looks> | null): boolean {
  const { version, epoch, sinceMs, fromMs, lastMs } = value ?? {}
  return version === 1 && [epoch, sinceMs, fromMs, lastMs].every(Number.isSafeInteger)
}
