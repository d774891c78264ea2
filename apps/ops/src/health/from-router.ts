import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { exchange } from '../router/exchange.ts'
import type { RouterPlace } from '../router/find-router.ts'
import { hearAll, LOOK_MS, type Heard } from '../router/hear-all.ts'
import { statusOf, worst, type CheckSeen, type HealthSeen, type SlotSeen } from './health.ts'

/**
 * How a running router says that it is, and whether each of its processes answers.
 * @param limitMs how long one answer may take: each of its checks may take 5 s.
 * @throws {OpsError} `OPS_UNREACHABLE`, `OPS_TIMEOUT`, `OPS_ROUTER`.
 */
export async function healthFromRouter(
  place: RouterPlace,
  limitMs: number,
  context: Pick<Context, 'dataDir' | 'clock' | 'signal' | 'warn'>,
): Promise<HealthSeen> {
  const question = (path: string) => ({ method: 'GET', path, limitMs }) as const
  const [report, slots] = [
    await exchange(place, question('/health'), context),
    await exchange(place, question('/health/slots'), context),
  ]
  const { status, checks } = fields(place, report.body)
  const seen = Object.entries(checks ?? {}).map(([name, check]): CheckSeen => {
    const { status: said, message } = (check ?? {}) as { status?: unknown; message?: unknown }
    return { name, status: statusOf(said), message: typeof message === 'string' ? message : null }
  })
  if (checks === undefined) context.warn(UNTOLD)
  const processes = place.token === null ? null : await processesOf(place, limitMs, context)
  return {
    source: 'router',
    url: place.url.origin,
    why: null,
    atMs: context.clock.wallMs(),
    status: worst([statusOf(status), ...(processes === null ? [] : [processes.status])]),
    checks: [...(processes === null ? [] : [processes]), ...seen],
    slots: slotsOf(slots.body),
  }
}

const UNTOLD =
  'what the checks say is told to operators only: set HOLDFAST_TOKEN to the token that the router was started with'

interface Report {
  readonly status?: unknown
  readonly checks?: Readonly<Record<string, unknown>>
}

function fields({ url, by }: RouterPlace, body: unknown): Report {
  const { status } = (body ?? {}) as Report
  if (typeof status === 'string') return body as Report
  throw new OpsError(
    'OPS_ROUTER',
    `what answers at ${url.origin}, which ${by} names, is no router, or an older one: it has no health`,
    { next: ['the same with --url <url>', 'holdfast config show --origin'] },
  )
}

function slotsOf(body: unknown): SlotSeen[] {
  const { slots = {} } = (body ?? {}) as {
    slots?: Readonly<Record<string, { status?: unknown; checks?: object }>>
  }
  return Object.entries(slots).map(([name, { status, checks = {} }]) => ({
    name,
    status: statusOf(status),
    checks: Object.keys(checks),
    atMs: null,
  }))
}

/** A process that hangs is told by nobody else: the others answer for it. */
async function processesOf(
  place: RouterPlace,
  limitMs: number,
  { dataDir, clock, signal }: Pick<Context, 'dataDir' | 'clock' | 'signal'>,
): Promise<CheckSeen> {
  const waitMs = Math.min(LOOK_MS, limitMs)
  try {
    return processesCheck(await hearAll(place, { dataDir, waitMs, clock, signal }))
  } catch (error) {
    signal.throwIfAborted()
    const { message } = error as Error
    return { name: 'processes', status: 'unknown', message }
  }
}

/** Decides. */
export function processesCheck({ statuses, missing }: Heard): CheckSeen {
  const name = 'processes'
  const pids = statuses.map(({ pid }) => pid)
  if (missing.length === 0) {
    const all =
      pids.length === 1
        ? `process ${pids[0]} answers`
        : `all ${pids.length} answer: ${pids.join(', ')}`
    return { name, status: 'ok', message: all }
  }
  const silent = missing.join(', ')
  const message = `${missing.length} of ${statuses.length + missing.length} give no answer: ${silent}`
  return { name, status: 'degraded', message }
}
