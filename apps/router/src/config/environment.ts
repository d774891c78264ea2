import type { ConfigFile } from './config-file.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment sets, laid over the file; and what was wrong with it. */
export interface Overlay {
  readonly config: ConfigFile
  readonly statePath: string | undefined
  readonly dataDir: string | undefined
  readonly lockTimeoutMs: number
  readonly build: string
  /** Names that were given but mean nothing to this version, with the reason. */
  readonly ignored: readonly { readonly name: string; readonly why: string }[]
}

const IGNORED: Readonly<Record<string, string>> = {
  NOVA_ANR_SAVE_INTERVAL: 'every lesson is saved before it is acknowledged',
  NOVA_ANR_SHADOW_SAMPLE: 'every decision is recorded',
  NOVA_ENABLE_PROMETHEUS: '/metrics is always served',
}

/**
 * Lays the `NOVA_ANR_…` settings over a configuration. The environment wins over the file.
 * @param problems every setting that cannot be used is added, in one line.
 */
export function overlay(file: ConfigFile, env: Environment, problems: string[]): Overlay {
  const read = reader(env, problems)
  const { anomaly, learning, rollout } = file
  return {
    config: {
      ...file,
      anomaly: {
        ...anomaly,
        strict: read.flag('NOVA_ANR_STRICT_ON_ANOMALY', anomaly.strict),
        fastCap: read.number('NOVA_ANR_MAX_FAST_PROB', anomaly.fastCap, 0, 1),
      },
      learning: {
        ...learning,
        alpha: read.number('NOVA_ANR_ALPHA', learning.alpha, 0, 1e6),
        ridge: read.number('NOVA_ANR_RIDGE', learning.ridge, 1e-9, 1e9),
        epsilon: read.number('NOVA_ANR_EPSILON', learning.epsilon, 0, 1),
        learnShadow: read.flag('NOVA_ANR_LEARN_SHADOW', learning.learnShadow),
      },
      rollout: {
        enabled: read.flag('NOVA_ANR_ENABLED', rollout.enabled),
        pilot: read.number('NOVA_ANR_PILOT', rollout.pilot, 0, 1),
        kill: read.flag('NOVA_ANR_KILL', rollout.kill),
      },
    },
    statePath: read.path('NOVA_ANR_STATE_PATH'),
    dataDir: read.path('HOLDFAST_DATA_DIR'),
    lockTimeoutMs: 1000 * read.number('NOVA_ANR_LOCK_TIMEOUT', 10, 0, 3600),
    build: env['NOVA_BUILD_SHA'] ?? 'unknown',
    ignored: Object.entries({
      ...IGNORED,
      ...ignoredByAnomaly(file),
    })
      .filter(([name]) => env[name] !== undefined)
      .map(([name, why]) => ({ name, why })),
  }
}

function ignoredByAnomaly({ anomaly, routes }: ConfigFile): Readonly<Record<string, string>> {
  const { enabled, fastRoute } = anomaly
  if (!enabled) {
    const why = 'the anomaly switch is off'
    return { NOVA_ANR_STRICT_ON_ANOMALY: why, NOVA_ANR_MAX_FAST_PROB: why }
  }
  return fastRoute in routes ? {} : { NOVA_ANR_MAX_FAST_PROB: `there is no route ${fastRoute}` }
}

function reader(env: Environment, problems: string[]) {
  const number = <Fallback extends number | null>(
    name: string,
    fallback: Fallback,
    min: number,
    max: number,
  ): number | Fallback => {
    const text = env[name]
    if (text === undefined) return fallback
    const value = Number(text)
    // Number('') is 0, and an empty setting is a mistake rather than a zero.
    if (text.trim() !== '' && value >= min && value <= max) return value
    problems.push(`${name}: must be a number from ${min} to ${max}, got "${text}"`)
    return fallback
  }
  return {
    number,
    flag<Fallback extends boolean | undefined>(
      name: string,
      fallback: Fallback,
    ): boolean | Fallback {
      const text = env[name]
      if (text === undefined) return fallback
      if (text === '1' || text === 'true') return true
      if (text === '0' || text === 'false') return false
      problems.push(`${name}: must be 1 or 0, got "${text}"`)
      return fallback
    },
    path(name: string): string | undefined {
      if (env[name] !== '') return env[name]
      problems.push(`${name}: must be a path, got ""`)
      return undefined
    },
  }
}
