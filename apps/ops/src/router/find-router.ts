import type { Context } from '../command.ts'
import { OpsError } from '../errors.ts'
import { routerAt } from '../state/alone.ts'
import { checkTokenMayGo } from './address.ts'
import { adminPath, readAdminFile } from './admin-file.ts'
import { startCommand } from './start.ts'

/** Where a router answers, and what opens its door. */
export interface RouterPlace {
  readonly url: URL
  /** The bearer token; null when there is none to send. */
  readonly token: string | null
  /** Of its first process, where that is known. */
  readonly pid: number | null
  /** Who names the address: a file, `--url`, or a variable. */
  readonly by: string
}

/**
 * The router that `--url`, HOLDFAST_URL or the configuration names, else the one that runs in the data directory. The token is
 * HOLDFAST_TOKEN or, for the latter, its own key.
 * @throws {OpsError} `OPS_NOT_FOUND` if none runs, and what `readAdminFile` and `checkTokenMayGo` throw.
 */
export async function findRouter({
  dataDir,
  settings,
  env,
  cwd,
  clock,
}: Pick<Context, 'dataDir' | 'settings' | 'env' | 'cwd' | 'clock'>): Promise<RouterPlace> {
  const given = (env['HOLDFAST_TOKEN'] ?? '') === '' ? null : (env['HOLDFAST_TOKEN'] ?? null)
  const { url, origins } = settings
  if (url !== null) {
    const { origin = 'default', by = 'the configuration' } = origins['url'] ?? {}
    return placeAt(url, given, { pid: null, by, isFlag: origin === 'flag' })
  }
  const file = readAdminFile(dataDir)
  const by = adminPath(dataDir)
  const start = startCommand({ cwd, dataDir, settings })
  if (file === null) throw noRouter(`no router runs in ${dataDir}: there is no ${by}`, start)
  if ((await routerAt({ dataDir, clock })) !== file.pid) {
    // Its port may be anybody's by now, and so may its process id, of which the lock has proof. A token is not for anybody.
    throw noRouter(
      `no router runs in ${dataDir}: ${by} was left by process ${file.pid}, which is gone`,
      start,
    )
  }
  return placeAt(file.url, file.key ?? given, { pid: file.pid, by, isFlag: false })
}

function placeAt(
  text: string,
  token: string | null,
  {
    pid,
    by,
    isFlag,
  }: { readonly pid: number | null; readonly by: string; readonly isFlag: boolean },
): RouterPlace {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new OpsError(
      'OPS_USAGE',
      `${by} must be an http or https URL, got ${JSON.stringify(text)}`,
      {
        next: ['the same with --url http://127.0.0.1:8080'],
      },
    )
  }
  if (token !== null) checkTokenMayGo(url, isFlag, by)
  return { url, token, pid, by }
}

function noRouter(message: string, start: string): OpsError {
  return new OpsError('OPS_NOT_FOUND', message, {
    next: [start, 'the same with --data-dir <dir> or --url <url>'],
  })
}
