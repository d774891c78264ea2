import type { Clock } from '@holdfast/seams'
import type { BreakerStates } from './breaker-states.ts'
import type { Tally } from './tally.ts'

/** A line that is drawn over and over. */
export interface Progress {
  end(): void
}

const REDRAW_MS = 150
const LOG_MS = 5_000

/** Shows how a replay goes: one live line on a terminal, a line every few seconds elsewhere. */
export function showProgress(
  tally: Tally,
  states: BreakerStates['now'],
  planned: number,
  clock: Clock,
  out: NodeJS.WriteStream,
): Progress {
  const startMs = clock.monotonicMs()
  const isLive = out.isTTY
  const draw = (): void => {
    const elapsedMs = clock.monotonicMs() - startMs
    const columns = (isLive && out.columns) || 80
    const line = progressLine(tally, states, { planned, elapsedMs, columns })
    if (isLive) out.write(`\r\u001B[K${line}`)
    else out.write(`${line}\n`)
  }
  const tick = (): void => {
    draw()
    timer = clock.after(isLive ? REDRAW_MS : LOG_MS, tick)
  }
  let timer = clock.after(isLive ? REDRAW_MS : LOG_MS, tick)
  return {
    end() {
      timer.cancel()
      draw()
      if (isLive) out.write('\n')
    },
  }
}

/** How far a replay has come, and how much room there is to say it. */
export interface ProgressFrame {
  readonly planned: number
  readonly elapsedMs: number
  /** Of the terminal; the last one stays free. */
  readonly columns: number
}

/**
 * One line: how many were answered, how well, and by whom. What matters least is left out where there is no room for
 * it. A route whose breaker is not closed says so beside its share.
 */
export function progressLine(
  tally: Pick<
    Tally,
    'addedLatencyMs' | 'decisions' | 'failed' | 'meanReward' | 'shares' | 'spendUsd'
  >,
  states: BreakerStates['now'],
  { planned, elapsedMs, columns }: ProgressFrame,
): string {
  const { decisions, failed, meanReward, spendUsd } = tally
  const shares = Object.entries(tally.shares).map(([route, share]) => {
    const state = states.get(route)
    return `${route} ${(share * 100).toFixed(0)}%${state === undefined ? '' : `(${state})`}`
  })
  const perSecond = (decisions / Math.max(elapsedMs, 1)) * 1000
  const parts: { readonly text: string; readonly worth: number }[] = [
    { text: `${decisions}/${planned} ${perSecond.toFixed(0)}/s`, worth: 5 },
    { text: `reward ${meanReward.toFixed(3)}`, worth: 2 },
    { text: shares.join(' '), worth: 4 },
    { text: failed === 0 ? '' : `${failed} failed`, worth: 3 },
    { text: `$${spendUsd.toFixed(2)}`, worth: 1 },
    { text: `+${tally.addedLatencyMs().p50.toFixed(2)} ms`, worth: 0 },
  ]
  const lineOf = (least: number): string =>
    parts.flatMap(({ text, worth }) => (worth < least || text === '' ? [] : text)).join(' ')
  const least = [0, 1, 2, 3].find((worth) => lineOf(worth).length < columns) ?? 3
  return lineOf(least).slice(0, columns - 1)
}
