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

describe('a configuration', () => {
  it('is not live unless it says so: every decision is shadow and R4 answers', () => {
    expect(config().rollout).toEqual({ enabled: false, pilot: 0, kill: false })
    expect(config().guardrail).toBe('R4')
  })

  it('keeps the paths of the data directory together, and lets the environment move the state', () => {
    expect(config()).toMatchObject({
      statePath: 'run/anr_state.json',
      ledgerPath: 'run/anr_ledger.ndjson',
    })
    expect(config(file, { HOLDFAST_DATA_DIR: '/data' }).ledgerPath).toBe('/data/anr_ledger.ndjson')
    expect(config(file, { NOVA_ANR_STATE_PATH: '/x/s.json' }).statePath).toBe('/x/s.json')
  })

  it('takes the settings of the seed from the environment', () => {
    const env = {
      NOVA_ANR_ALPHA: '1.0',
      NOVA_ANR_ENABLED: '1',
      NOVA_ANR_PILOT: '0.25',
      NOVA_ANR_MAX_FAST_PROB: '0.15',
      NOVA_ANR_EPSILON: '0.05',
    }
    expect(config(file, env)).toMatchObject({
      learning: { alpha: 1, epsilon: 0.05 },
      rollout: { enabled: true, pilot: 0.25, kill: false },
      caps: { R3: 0.15 },
    })
  })

  it('says which settings have no effect, and why', () => {
    expect(config(file, { NOVA_ANR_STRICT_ON_ANOMALY: '1' }).ignored).toMatchObject([
      { name: 'NOVA_ANR_STRICT_ON_ANOMALY' },
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
    expect(problems).toContainEqual(expect.stringContaining('colour'))
    expect(problems).toContainEqual('guardrail: must be one of the routes R1, R2, R3, R4, got "R9"')
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
