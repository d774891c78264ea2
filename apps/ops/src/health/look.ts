import { existsSync } from 'node:fs'
import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { findRouter, type RouterPlace } from '../router/find-router.ts'
import { healthFromRouter } from './from-router.ts'
import type { HealthSeen } from './health.ts'

/** How long an answer may take, in ms: a report waits for its checks, and each of them may take 5 s. */
const LIMIT_MS = 6_000

/**
 * How the service is: as its router says or, where none answers, as far as its files tell.
 * @param timeoutMs of the whole command, of which half may be spent waiting for the router.
 * @throws {OpsError} for what no file can answer: an unsafe `admin.json` or address, and something else that answers there.
 */
export async function lookAtHealth(
  context: Context,
  timeoutMs: number | undefined,
): Promise<HealthSeen> {
  const limitMs = Math.min(LIMIT_MS, (timeoutMs ?? Infinity) / 2)
  let place: RouterPlace | null = null
  try {
    place = await findRouter(context)
    return await healthFromRouter(place, limitMs, context)
  } catch (error) {
    context.signal.throwIfAborted()
    // Files of this machine say nothing of a router that was named by its address.
    const isElsewhere = context.settings.url !== null
    const isSilent = error instanceof OpsError && SILENT.has(error.code)
    if (isElsewhere || !isSilent || !existsSync(context.dataDir)) throw error
    const { healthFromFiles } = await import('./from-files.ts')
    return await healthFromFiles(error.message, place?.url.origin ?? null, context)
  }
}

const SILENT: ReadonlySet<OpsError['code']> = new Set([
  'OPS_NOT_FOUND',
  'OPS_UNREACHABLE',
  'OPS_TIMEOUT',
])
