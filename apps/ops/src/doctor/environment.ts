import { switchesOf } from '@holdfast/promotion'
import type { Context } from '../command.ts'
import { findConfigFile } from '../config/find-file.ts'
import { ok, problem, warning, type Said } from './finding.ts'

const OLDEST_NODE = [22, 18] as const

/** The program that runs this, its configuration, and what the NOVA_ variables of this shell mean together. */
export async function lookAtEnvironment({ env, cwd, settings }: Context): Promise<readonly Said[]> {
  const { versions, platform, arch } = process
  const isNew = isNewEnough(versions.node)
  const node = `Node.js ${versions.node} on ${platform} ${arch}`
  const found = findConfigFile(undefined, env, cwd)
  const isUnread = found !== null && settings.file === null
  return await Promise.resolve([
    isNew ? ok(node) : problem(`${node}, and 22.18 is the oldest that works`, 'node --version'),
    isUnread
      ? problem(
          `${found.path} cannot be used, so every setting has its default`,
          'holdfast config validate',
        )
      : ok(
          settings.file === null
            ? 'no configuration file: defaults'
            : `settings of ${settings.file}`,
        ),
    ...novaFindings(env),
  ])
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

/** What a router would do that is started with these variables. A value is never told, but for those that are numbers or switches. */
export function novaFindings(env: Context['env']): Said[] {
  const names = Object.keys(env)
    .filter((name) => name.startsWith('NOVA_') && (env[name] ?? '') !== '')
    .toSorted()
  if (names.length === 0) {
    return [ok('no NOVA_ variable is set: a router acts by its rollout')]
  }
  const { kill, enabled } = switchesOf(env)
  const set = `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} set`
  if (kill) {
    const why = `${set}: a router started from here answers everyone by its guardrail (kill switch)`
    return [warning(why, 'unset NOVA_ANR_KILL')]
  }
  if (!enabled) {
    const why = `${set}: a router started from here answers everyone by its guardrail (disabled)`
    return [warning(why, 'unset NOVA_ANR_ENABLED')]
  }
  const pilot = env['NOVA_ANR_PILOT'] ?? ''
  if (pilot === '') return [ok(`${set}: a router started from here acts by its rollout`)]
  const share = Number(pilot)
  if (!(share >= 0 && share <= 1)) {
    const why = `${set}: NOVA_ANR_PILOT must be 0 to 1, and a router will not start with it`
    return [problem(why, 'unset NOVA_ANR_PILOT')]
  }
  const why = `${set}: a router started from here has its share fixed at ${share} and goes by no stage`
  return [warning(why, 'unset NOVA_ANR_PILOT')]
}
