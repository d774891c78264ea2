import { fanOut, ignore, type Observe } from '@holdfast/seams'
import type { Scope } from './answer.ts'
import type { HealthFact } from './facts.ts'
import type { Health } from './health.ts'
import { aFunction, oneOf, onlyOptions, shown } from './option-rules.ts'
import { GROUPS } from './status.ts'

/** What every HTTP adapter takes. `Request` is that of its server. */
export interface AdapterOptions<Request> {
  readonly health: Pick<Health, 'report'>
  /** Which path answers for what. Default `/healthz` live, `/readyz` ready, `/startupz` startup, `/health` all. */
  readonly paths?: Readonly<Record<string, Scope>>
  /** Whether this caller may see what the checks say. One that throws shows nothing. Default: nobody may. */
  readonly authorised?: (request: Request) => boolean | Promise<boolean>
  /** What else an answer in JSON tells every caller, beside the status, such as a version. One that throws fails the answer. Default: nothing. */
  readonly fields?: () => Readonly<Record<string, unknown>>
  readonly observe?: Observe<HealthFact>
}

/**
 * @param servers options that the server puts among ours.
 * @throws {TypeError} naming the option, what it may be and what it was.
 */
export function checkedAdapter<Request>(
  of: string,
  options: AdapterOptions<Request>,
  servers: readonly string[] = [],
): AdapterOptions<Request> {
  onlyOptions(of, options, ['health', 'paths', 'authorised', 'fields', 'observe', ...servers])
  const { health, paths = {}, authorised = ignore, fields = ignore, observe = ignore } = options
  aFunction('health.report', health?.report)
  aFunction('authorised', authorised)
  aFunction('fields', fields)
  aFunction('observe', observe)
  for (const [path, scope] of Object.entries(paths)) {
    if (!path.startsWith('/')) throw new TypeError(`paths must begin with "/", got ${shown(path)}`)
    oneOf(`paths: ${path}`, scope, [...GROUPS, 'all'])
  }
  return options
}

/** Whether this caller may see details. Who cannot be asked is told no: the status itself is still answered. */
export async function decided<Request>(
  { authorised, observe = ignore }: AdapterOptions<Request>,
  request: Request,
): Promise<boolean> {
  if (authorised === undefined) return false
  try {
    return await authorised(request)
  } catch (error) {
    fanOut(observe)({ kind: 'health.authorise-failed', error })
    return false
  }
}
