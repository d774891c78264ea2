import type { Acknowledgement } from '@holdfast/promotion'
import { durationText } from '../duration.ts'
import { percent } from '../figure.ts'
import { secondText } from '../moment.ts'
import type { RouterSeen } from '../rollout/routers.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'

/** Who obeys, and who did not say so. */
export function obedienceLines(
  acknowledgement: Acknowledgement | null,
  routers: readonly RouterSeen[],
  style: Style,
): string[] {
  const lines = (text: string): string[] => wrap(text, style.columns, '  ')
  if (acknowledgement === null) return []
  if (acknowledgement.kind === 'no-router') {
    return lines('No router runs here. The first to start obeys before it answers anything.')
  }
  const { workers, waitedMs } = acknowledgement
  const after = `after ${durationText(waitedMs)}`
  const names = workers.map(nameOf).join(', ')
  const obeying = lines(
    workers.length === 1
      ? `Router process ${names} obeys, ${after}.`
      : `${workers.length} router processes obey, ${after}: ${names}.`,
  )
  if (acknowledgement.kind === 'acknowledged') return obeying.map((line) => style.good(line))
  // It may have moved since, and not be able to say so: on a full disk, all of them.
  const lastSaid = (worker: string): string => {
    const {
      pilot = null,
      because,
      sinceMs = null,
    } = routers.find((router) => router.worker === worker) ?? ({} as Partial<RouterSeen>)
    if (pilot === null || sinceMs === null) return 'what it obeys is not known'
    return `it last said ${percent(pilot)} (${because}), at ${secondText(sinceMs)} UTC`
  }
  const bad = (text: string): string[] => lines(text).map((line) => style.bad(line))
  return [
    ...(workers.length === 0 ? [] : obeying),
    ...acknowledgement.apart.flatMap((worker) =>
      bad(`Router process ${nameOf(worker)} goes by no stage; ${lastSaid(worker)}.`),
    ),
    ...acknowledgement.missing.flatMap((worker) =>
      bad(
        `Router process ${nameOf(worker)} did not say within ${durationText(waitedMs)} that it obeys; ${lastSaid(worker)}.`,
      ),
    ),
  ]
}

/** Workers are named by process and chance; people look for the process. */
const nameOf = (worker: string): string => worker.split('-')[0] ?? worker
