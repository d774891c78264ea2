import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkConfig, ConfigError, readConfigFile } from './read-config.ts'

const route = { baseUrl: 'https://models.example/v1/', model: 'm', prices: { input: 1, output: 2 } }
const file = { version: 1, routes: { R1: route, R2: route, R3: route, R4: route } }
const config = (input: unknown = file, env = {}, flags = {}) =>
  checkConfig('router.json', input, env, flags)

function problemsOf(input: unknown, env = {}): readonly string[] {
  try {
    config(input, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const anomalyProblems = (anomaly: object): readonly string[] => problemsOf({ ...file, anomaly })

const ignoredNames = (input: object, env: Record<string, string>): string[] =>
  config(input, env).ignored.map(({ name }) => name)

describe('a configuration', () => {
  it('is as live as the stage of the rollout in its data directory, unless it fixes a share', () => {
    expect(config().rollout).toEqual({ pilot: null, kill: false })
    expect(config().rolloutDirectory).toBe('run/rollout')
    expect(config({ ...file, rollout: { pilot: 0.5 } }).rollout).toEqual({
      pilot: 0.5,
      kill: false,
    })
    expect(config().guardrail).toBe('R4')
  })

  it('keeps the paths of the data directory together, and lets the environment move the state', () => {
    expect(config()).toMatchObject({
      statePath: 'run/anr_state.json',
      ledgerDirectory: 'run/ledger',
    })
    expect(config(file, { HOLDFAST_DATA_DIR: '/data' }).ledgerDirectory).toBe('/data/ledger')
    expect(config(file, { NOVA_ANR_STATE_PATH: '/x/s.json' }).statePath).toBe('/x/s.json')
  })

  it('takes the settings of the seed from the environment', () => {
    const env = {
      NOVA_ANR_ALPHA: '1.0',
      NOVA_ANR_ENABLED: '1',
      NOVA_ANR_PILOT: '0.25',
      NOVA_ANR_MAX_FAST_PROB: '0.1',
      NOVA_ANR_EPSILON: '0.05',
      NOVA_ANR_STRICT_ON_ANOMALY: '1',
    }
    expect(config(file, env)).toMatchObject({
      learning: { alpha: 1, epsilon: 0.05 },
      rollout: { enabled: true, pilot: 0.25, kill: false },
      caps: {},
      anomaly: { strict: true, fastCap: 0.1 },
    })
  })

  it('says which settings have no effect, and why', () => {
    expect(ignoredNames(file, { NOVA_ANR_SAVE_INTERVAL: '10' })).toEqual(['NOVA_ANR_SAVE_INTERVAL'])
    const anomaly = { NOVA_ANR_STRICT_ON_ANOMALY: '1', NOVA_ANR_MAX_FAST_PROB: '0.1' }
    expect(ignoredNames(file, anomaly)).toEqual([])
    expect(ignoredNames({ ...file, anomaly: { enabled: false } }, anomaly)).toEqual(
      Object.keys(anomaly),
    )
    const { R3: _, ...withoutFast } = file.routes
    expect(ignoredNames({ ...file, routes: withoutFast }, anomaly)).toEqual([
      'NOVA_ANR_MAX_FAST_PROB',
    ])
  })

  it('reads keys from the environment variables that it names', () => {
    const keyed = { ...file, routes: { ...file.routes, R1: { ...route, apiKeyEnv: 'MY_KEY' } } }
    expect(config(keyed, { MY_KEY: 'secret' }).routeList[0]?.apiKey).toBe('secret')
    expect(problemsOf(keyed)).toEqual([
      'routes.R1.apiKeyEnv: the environment variable MY_KEY must hold the API key, got nothing',
    ])
  })

  it('names everything that is wrong at once, with what it may be and what it was', () => {
    const wrong = {
      ...file,
      guardrail: 'R9',
      lambda: -1,
      routes: { ...file.routes, R2: { ...route, baseUrl: 'ftp://x' } },
      colour: 'red',
    }
    const problems = problemsOf(wrong)
    expect(problems).toContainEqual(
      expect.stringContaining('routes.R2.baseUrl: must be an http or https URL, got "ftp://x"'),
    )
    expect(problems).toContainEqual(expect.stringContaining('lambda: must be ≥ 0, got -1'))
    expect(problems).toContainEqual(
      expect.stringMatching(
        /^the file: must have no fields but version, routes, guardrail, .*, got "colour"$/,
      ),
    )
    expect(problems).toContainEqual('guardrail: must be one of the routes R1, R2, R3, R4, got "R9"')
  })

  it('says which fields there are where one is not, however deep', () => {
    const { R1: _, ...others } = file.routes
    const prices = { input: 1, output: 2, cached: 3 }
    expect(
      problemsOf({
        ...file,
        routes: { ...others, R1: { ...route, prices } },
        retry: { tries: 2, attempts: 3, delay: 1 },
        anomaly: { weights: { speed: 1 } },
      }),
    ).toEqual([
      'routes.R1.prices: must have no fields but input, output, got "cached"',
      'anomaly.weights: must have no fields but drift, pressure, jitter, got "speed"',
      'retry: must have no fields but tries, backoffMs, budgetRatio, budgetPerSecond, got "attempts", "delay"',
    ])
  })

  it('says what a name may be, where it is the name that is wrong', () => {
    const routes = { ...file.routes, '1 R': route }
    expect(problemsOf({ ...file, routes, health: { slots: { 'x y': ['lock'] } } })).toEqual([
      'routes.1 R: must be a letter, then up to 31 letters, digits, - or _, got "1 R"',
      'health.slots.x y: must be letters, digits, _ . or -, at most 64, got "x y"',
    ])
  })

  it('names every bad setting of the environment at once', () => {
    expect(
      problemsOf(file, {
        NOVA_ANR_PILOT: '1,5',
        NOVA_ANR_KILL: 'yes',
      }),
    ).toEqual([
      'NOVA_ANR_PILOT: must be a number from 0 to 1, got "1,5"',
      'NOVA_ANR_KILL: must be 1 or 0, got "yes"',
    ])
  })

  it('refuses a guardrail or a cap that is no route', () => {
    expect(problemsOf({ ...file, guardrail: 'R9' })).toEqual([
      'guardrail: must be one of the routes R1, R2, R3, R4, got "R9"',
    ])
    expect(problemsOf({ ...file, caps: { R9: 0.1 } })[0]).toContain('caps.R9')
  })
})

describe('the anomaly switch', () => {
  it('is on by default, with thresholds that can be reached', () => {
    expect(config().anomaly).toEqual({
      enabled: true,
      tau: 1,
      releaseBelow: 0.8,
      weights: { drift: 0.5, pressure: 0.7, jitter: 0.3 },
      ewma: 0.3,
      everyMs: 1000,
      strict: false,
      standardRoute: 'R1',
      fastRoute: 'R3',
      fastCap: 0.15,
    })
  })

  it('that could never engage, or never release, is refused', () => {
    // The weights of the seed's system add up to its threshold.
    expect(anomalyProblems({ weights: { drift: 0.5, pressure: 0.4, jitter: 0.1 } })).toEqual([
      'anomaly.tau: must be below 1, the sum of the weights, or the switch can never engage, got 1',
    ])
    expect(anomalyProblems({ tau: 0.7 })).toEqual([
      'anomaly.releaseBelow: must be below tau, 0.7, got 0.8',
    ])
    expect(anomalyProblems({ ewma: 0.0001 })[0]).toContain('anomaly.ewma: must be larger')
    expect(anomalyProblems({ tau: 'x' })[0]).toContain('anomaly.tau')
  })

  it('restricts routes that there are, and never the guardrail', () => {
    expect(anomalyProblems({ fastRoute: 'R9' })).toEqual([
      'anomaly.fastRoute: must name one of the routes R1, R2, R3, R4, got "R9"',
    ])
    expect(anomalyProblems({ standardRoute: 'R4' })).toEqual([
      'anomaly.standardRoute: must not be the guardrail, which is never restricted, got "R4"',
    ])
    const two = { R1: route, R4: route }
    expect(config({ ...file, routes: two }).anomaly.fastRoute).toBe('R3')
  })
})

describe('a prior', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prior-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const written = (name: string, ...columns: string[]): string => {
    const scores = Object.fromEntries(columns.map((column) => [column, 1]))
    const row = { id: '1', prompt: 'x', task: 'chat', score: scores, cost_usd: scores }
    writeFileSync(join(folder, name), `${JSON.stringify(row)}\n`)
    return name
  }
  const two = { ...file, routes: { R1: route, R4: { ...route, model: 'n' } } }
  const read = (input: object): ReturnType<typeof readConfigFile> => {
    const path = join(folder, 'router.json')
    writeFileSync(path, JSON.stringify(input))
    return readConfigFile(path, {}, {})
  }

  it('is a table beside the configuration file, that counts for 2000 decisions', () => {
    const { warmStart } = read({ ...two, prior: { table: written('good.ndjson', 'n', 'm') } })
    expect(warmStart).toMatchObject({ table: 'good', rows: 1, effectiveCount: 2000 })
    expect(Object.keys(warmStart?.prior.arms ?? {})).toEqual(['R1', 'R4'])
    // Six features of the prompt, and the slots for tasks: callers may name theirs.
    expect(warmStart?.prior.dim).toBe(14)
    expect(warmStart?.prior.arms['R1']?.a.slice(6, 14)).toContain(1)
  })

  it('is nothing unless it is asked for', () => {
    expect(config().warmStart).toBeNull()
  })

  it('that cannot be read is told together with everything else that is wrong', () => {
    const problems = problemsOf({ ...two, lambda: -1, prior: { table: '/none.ndjson' } })
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('lambda')
    expect(problems[1]).toContain('prior.table: /none.ndjson: cannot be read')
  })

  it('must know every route, and counts for 1 to 1000000 decisions', () => {
    const table = join(folder, written('other.ndjson', 'm', 'x'))
    expect(problemsOf({ ...two, prior: { table, effectiveCount: 0.5 } })).toEqual([
      'prior.effectiveCount: must be ≥ 1, got 0.5',
      'prior.table: must have a column for every route, by its id or its model, and has none for ' +
        'R4; the routes are R1 (m), R4 (n); the columns are m, x',
    ])
    expect(problemsOf({ ...two, prior: { table, lambda: 3 } })[0]).toContain('lambda')
  })
})

describe('the example configuration', () => {
  it('can be used once its keys are set', () => {
    const example: unknown = JSON.parse(
      readFileSync(new URL('../../router.example.json', import.meta.url), 'utf8'),
    )
    const env = { STANDARD_API_KEY: 'a', TRUSTED_API_KEY: 'b' }
    expect(config(example, env).routeList.map(({ apiKey }) => apiKey)).toEqual([
      'a',
      'a',
      null,
      'b',
    ])
  })
})

const healthProblemsOf = (health: object): readonly string[] => problemsOf({ ...file, health })

describe('the health of a configuration', () => {
  it('has the slots of the seed, or those it names and no others', () => {
    expect(Object.keys(config().health.slots)).toEqual([
      'slot04',
      'slot08_lock',
      'slot09',
      'slot10',
    ])
    const slots = { store: ['learning', 'disk'] }
    expect(config({ ...file, health: { slots } }).health.slots).toEqual(slots)
  })

  it('names checks that there are', () => {
    expect(healthProblemsOf({ slots: { slot04: ['lerning'] } })[0]).toMatch(
      /^health\.slots\.slot04\.0: must be one of process, started, .*"lerning"/,
    )
    expect(healthProblemsOf({ slots: { slot04: [] } })[0]).toContain('must name a check')
    expect(healthProblemsOf({ slots: { '../etc': ['lock'] } })[0]).toContain('"../etc"')
  })

  it('warns of a full disk before it is critical', () => {
    expect(healthProblemsOf({ diskWarnBytes: 5, diskCriticalBytes: 6 })).toEqual([
      'health.diskCriticalBytes: must be ≤ health.diskWarnBytes 5, got 6',
    ])
    expect(healthProblemsOf({ diskWarnBytes: 5 })[0]).toContain('got 536870912')
    expect(healthProblemsOf({ diskWarnBytes: 0, diskCriticalBytes: 0 })).toEqual([])
  })

  it('drains within the time of a stop', () => {
    expect(problemsOf({ ...file, drainMs: 500, shutdownMs: 499 })).toEqual([
      'drainMs: must be ≤ shutdownMs 499, got 500',
    ])
    expect(config({ ...file, drainMs: 500, shutdownMs: 500 })).toMatchObject({ drainMs: 500 })
  })
})
