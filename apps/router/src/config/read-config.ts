import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemClock, systemRandom, type Clock } from '@holdfast/seams'
import type { Route } from '../decide/routes.ts'
import { issueText, knownFields } from '../issue-text.ts'
import { LEDGER } from '../learning/ledger.ts'
import { warmStartOf, type WarmStart } from '../replay/warm-start.ts'
import { ConfigFile, problemsBetweenFields } from './config-file.ts'
import { overlay, type Environment, type Overlay } from './environment.ts'
import { readPriorFile } from './prior-file.ts'

/** Everything the router was told, checked and frozen. */
export interface Config extends ConfigFile {
  readonly routeList: readonly Route[]
  /** What `prior` came to; null without one. */
  readonly warmStart: WarmStart | null
  readonly dataDir: string
  /** A state file of an earlier version, or of the seed's system, that learning begins with. */
  readonly statePath: string
  readonly ledgerDirectory: string
  /** Where the rollout is that this router obeys. */
  readonly rolloutDirectory: string
  /** Where it is recorded how the slots are. */
  readonly slotsDirectory: string
  /** What operators ordered of breakers. */
  readonly ordersPath: string
  /** How long to wait for another router to end that has the data directory, in ms ≥ 0. */
  readonly lockTimeoutMs: number
  /** What an operator must send to be told why a request went where it did; null: nothing, from this machine. */
  readonly adminToken: string | null
  /** What everything under `/admin` asks for: that token, or one made at this start. */
  readonly adminKey: string
  readonly build: string
  readonly ignored: Overlay['ignored']
}

/** Thrown when a configuration cannot be used. Nothing was started. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'ROUTER_CONFIG'
  /** Everything that is wrong, a line each. */
  readonly problems: readonly string[]

  constructor(source: string, problems: readonly string[]) {
    super(`${source} cannot be used:\n${problems.map((line) => `  - ${line}`).join('\n')}`)
    this.problems = problems
  }
}

/** What the command line sets; it wins over the environment and the file. */
export interface Flags {
  readonly dataDir?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly workers?: number | undefined
}

/** @throws {ConfigError} naming everything that is wrong with the file and the environment. */
export function readConfigFile(path: string, env: Environment, flags: Flags): Config {
  let input: unknown
  try {
    // A configuration is written by hand; editors on some systems begin it with a byte order mark.
    input = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new ConfigError(path, [error instanceof Error ? error.message : String(error)])
  }
  return checkConfig(path, input, env, flags)
}

/**
 * @param source names the configuration in errors; a relative `prior.table` starts from its directory.
 * @throws {ConfigError} naming everything that is wrong.
 */
export function checkConfig(
  source: string,
  input: unknown,
  env: Environment,
  flags: Flags,
  clock: Clock = systemClock,
): Config {
  const startMs = clock.monotonicMs()
  const parsed = ConfigFile.safeParse(input, { reportInput: true, error: knownFields })
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => issueText(issue, 'the file'))
  problems.push(...problemsBetweenFields(input))
  const priorFile = readPriorFile(input, dirname(source), problems)
  // A broken file does not hide what is wrong with the environment.
  const set = overlay(parsed.data ?? ConfigFile.parse({ version: 1, routes: {} }), env, problems)
  const routeList = routesOf(set.config, env, problems)
  const adminToken = adminTokenOf(set.config, env, problems)
  if (problems.length > 0) throw new ConfigError(source, problems)

  const dataDir = flags.dataDir ?? set.dataDir ?? set.config.dataDir ?? './run'
  const { listen, features, lambda, prior } = set.config
  const warmStart =
    priorFile === null || prior === undefined
      ? null
      : {
          ...warmStartOf({
            ...priorFile,
            effectiveCount: prior.effectiveCount,
            features,
            seesTask: true,
            lambda,
          }),
          tookMs: clock.monotonicMs() - startMs,
        }
  return Object.freeze({
    ...set.config,
    listen: { host: flags.host ?? listen.host, port: flags.port ?? listen.port },
    workers: flags.workers ?? set.config.workers,
    routeList,
    warmStart,
    dataDir,
    statePath: set.statePath ?? join(dataDir, 'anr_state.json'),
    ledgerDirectory: join(dataDir, LEDGER),
    rolloutDirectory: join(dataDir, 'rollout'),
    slotsDirectory: join(dataDir, 'slots'),
    lockTimeoutMs: set.lockTimeoutMs,
    adminToken,
    adminKey: adminToken ?? systemRandom.hex(48),
    ordersPath: join(dataDir, 'breakers.json'),
    build: set.build,
    ignored: set.ignored,
  })
}

function routesOf(config: ConfigFile, env: Environment, problems: string[]): Route[] {
  return Object.entries(config.routes).map(
    ([id, { baseUrl, model, prices, apiKeyEnv, timeoutMs, totalMs }]) => {
      const apiKey = apiKeyEnv === undefined ? null : (env[apiKeyEnv] ?? '')
      if (apiKey === '') {
        problems.push(
          `routes.${id}.apiKeyEnv: the environment variable ${apiKeyEnv} must hold the API key, got nothing`,
        )
      }
      return { id, baseUrl: baseUrl.replace(/\/+$/, ''), model, prices, apiKey, timeoutMs, totalMs }
    },
  )
}

function adminTokenOf({ admin }: ConfigFile, env: Environment, problems: string[]): string | null {
  if (admin.tokenEnv === undefined) return null
  const token = env[admin.tokenEnv] ?? ''
  if (token === '') {
    problems.push(
      `admin.tokenEnv: the environment variable ${admin.tokenEnv} must hold the token, got nothing`,
    )
  }
  return token
}
