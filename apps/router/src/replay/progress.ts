import type { Clock } from '@holdfast/seams'
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
  planned: number,
  clock: Clock,
  out: NodeJS.WriteStream,
): Progress {
  const startMs = clock.monotonicMs()
  const isLive = out.isTTY
  const draw = (): void => {
    const line = progressLine(tally, planned, clock.monotonicMs() - startMs)
    if (isLive) out.write(`\r\u001B[K${line.slice(0, (out.columns || 80) - 1)}`)
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

function progressLine(tally: Tally, planned: number, elapsedMs: number): string {
  const { decisions, meanReward, spendUsd } = tally
  const shares = Object.entries(tally.shares)
    .map(([route, share]) => `${route} ${(share * 100).toFixed(0)}%`)
    .join(' ')
  const perSecond = (decisions / Math.max(elapsedMs, 1)) * 1000
  return (
    `${decisions}/${planned} ${perSecond.toFixed(0)}/s reward ${meanReward.toFixed(3)} ` +
    `${shares} $${spendUsd.toFixed(2)} +${tally.addedLatencyMs().p50.toFixed(2)} ms`
  )
}
