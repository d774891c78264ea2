import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

const NAME = 'holdfast.json'

/** Which file is read, and what named it. */
export interface FoundFile {
  /** Absolute. */
  readonly path: string
  /** `--config`, `HOLDFAST_CONFIG`, or `found` where a search came upon it. */
  readonly by: string
}

/**
 * The configuration file: the one that is named, else the nearest `holdfast.json` from `cwd` upwards, else the one in the user's
 * configuration directory. Null: there is none. One that is named need not exist: whoever reads it finds out.
 */
export function findConfigFile(
  named: string | undefined,
  env: Environment,
  cwd: string,
): FoundFile | null {
  if (named !== undefined) return { path: resolve(cwd, named), by: '--config' }
  const fromEnv = env['HOLDFAST_CONFIG'] ?? ''
  if (fromEnv !== '') return { path: resolve(cwd, fromEnv), by: 'HOLDFAST_CONFIG' }
  const path = [...upwards(resolve(cwd)), ...ofUser(env)].find((candidate) => existsSync(candidate))
  return path === undefined ? null : { path, by: 'found' }
}

function upwards(folder: string): string[] {
  const parent = dirname(folder)
  return [join(folder, NAME), ...(parent === folder ? [] : upwards(parent))]
}

/** Source: XDG Base Directory Specification 0.8; on Windows `%APPDATA%`. */
function ofUser(env: Environment): string[] {
  const { XDG_CONFIG_HOME: xdg = '', HOME: home = '', APPDATA: appData = '' } = env
  const folders = [xdg, home === '' ? '' : join(home, '.config'), appData]
  return folders.filter((folder) => folder !== '').map((folder) => join(folder, 'holdfast', NAME))
}
