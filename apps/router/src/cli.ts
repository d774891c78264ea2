import { join } from 'node:path'
import { seededRandom, type Observe } from '@holdfast/seams'
import { startCluster } from './cluster/start-cluster.ts'
import { createProgram, type Given } from './command-line.ts'
import { ConfigError, readConfigFile } from './config/read-config.ts'
import { exportState } from './export-state.ts'
import { generatedTable } from './replay/generated-table.ts'
import { halvesOf } from './replay/order.ts'
import type { OutcomeTable } from './replay/outcome-table.ts'
import { TableError, readTable } from './replay/read-table.ts'
import type { ReplayPrior } from './replay/replay-config.ts'
import { reportText } from './replay/report-text.ts'
import { runReplay } from './replay/run-replay.ts'
import { startRouter } from './router.ts'
import type { RouterFact } from './tell/facts.ts'
import { logFacts } from './tell/log.ts'

/** Exit codes: 0 done, 1 it failed, 2 it was called wrongly, 130 interrupted before it was done. */
const FAILED = 1
const CALLED_WRONGLY = 2
const INTERRUPTED = 130

/** Prompts of the embedded default: enough to see it learn, in about ten seconds. */
const GENERATED_PROMPTS = 4_000
const GENERATED_LAMBDA = 40
const PRIOR_COUNT = 2000
/** Shorter ones get over a failure sooner, longer ones lose less while all is well: see Measured in the README. */
const SCENARIO_HALF_LIFE_HOURS = 12

/**
 * Runs the command line and answers the exit code.
 * @param exit ends the process at once.
 */
export async function main(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  exit: (code: number) => never,
): Promise<number> {
  const program = createProgram()
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    const { exitCode } = error as { exitCode?: number }
    if (exitCode === undefined) throw error
    return exitCode === 0 ? 0 : CALLED_WRONGLY
  }
  const given = program.opts<Given>()
  // A terminal that was closed takes no more words; what was learned is saved all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const interrupted = new AbortController()
  let interruptions = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interruptions += 1
      // Whoever asks three times does not want to wait for the saving.
      if (interruptions >= 3) exit(INTERRUPTED)
      interrupted.abort(signal)
    })
  }
  try {
    if (given.config !== undefined)
      return await serve(given.config, given, env, interrupted.signal, exit)
    return await replay(given, env, interrupted.signal)
  } catch (error) {
    if (interrupted.signal.aborted && error === interrupted.signal.reason) return INTERRUPTED
    process.stderr.write(`holdfast-router: ${explained(error)}\n`)
    return error instanceof ConfigError || error instanceof TableError ? CALLED_WRONGLY : FAILED
  }
}

async function serve(
  path: string,
  given: Given,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  exit: (code: number) => never,
): Promise<number> {
  const config = readConfigFile(path, env, given)
  if (given.exportState !== undefined) return await exportState(config, given.exportState)
  const observe = logFacts()
  const router =
    config.workers > 1
      ? await startCluster(config, { observe, log: 'info', signal })
      : await startRouter(config, { observe, signal })
  await untilAborted(signal)
  const { isClean } = await router.stop(String(signal.reason))
  // What hangs would keep the process, and whoever supervises it waiting; the log has named it.
  return isClean ? 0 : exit(FAILED)
}

async function replay(given: Given, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  if (given.exportState !== undefined) {
    throw new ConfigError('--export-state', ['it needs --config, which says whose state is meant'])
  }
  const { seed, once = false, json = false } = given
  const lambda = given.lambda ?? GENERATED_LAMBDA
  const table =
    given.replay === undefined
      ? generatedTable(seed, given.limit ?? GENERATED_PROMPTS)
      : readTable(given.replay)
  const name = given.replay === undefined ? 'demo' : `replay-${table.name}-${lambda}-${seed}`
  const { played, prior } = warmStartOf(given, table)
  const { report, router, keep, stop } = await runReplay({
    table: played,
    prior,
    lambda,
    seed,
    concurrency: given.concurrency ?? concurrencyFor(given),
    limit: given.limit ?? Infinity,
    sendTask: given.sendTask ?? false,
    scenario: given.scenario ?? null,
    halfLifeHours: given.scenario === undefined ? null : SCENARIO_HALF_LIFE_HOURS,
    features: given.features,
    env,
    flags: {
      host: given.host,
      workers: given.workers,
      port: given.port ?? (once ? 0 : undefined),
      dataDir: given.dataDir ?? join(env['HOLDFAST_DATA_DIR'] ?? './run', name),
    },
    observe: given.scenario === 'flaky' ? exceptTrouble(logFacts('warn')) : logFacts('warn'),
    progressTo: process.stderr,
    signal,
  })
  try {
    const models = new Map(table.routes.map(({ id, model }) => [id, model]))
    if (json) {
      process.stderr.write(reportText(report, models))
      process.stdout.write(`${JSON.stringify(report)}\n`)
    } else process.stdout.write(`\n${reportText(report, models)}`)
    await keep()

    if (!once) {
      process.stderr.write(`\n${invitation(router.url)}`)
      await untilAborted(signal)
    }
  } finally {
    await stop(once ? 'the replay is over' : String(signal.reason))
  }
  if (!once) process.stderr.write('Stopped; what was learned is saved.\n')
  // Routes that fail in mid-stream are seen by their clients, now and then.
  return (report.flaky?.isMet.errorRate ?? report.failed === 0) ? 0 : FAILED
}

/** Where routes are made to fail, a line for each failure would hide the live line; the report counts them. */
const exceptTrouble =
  (observe: Observe<RouterFact>): Observe<RouterFact> =>
  (fact) => {
    if (!/^(?:breaker|health)\.|^router\.upstream-failed$/.test(fact.kind)) observe(fact)
  }

/** What is played, and what is known of it beforehand. */
function warmStartOf(
  { prior, priorHalf = false, priorCount, seed }: Given,
  table: OutcomeTable,
): { readonly played: OutcomeTable; readonly prior: ReplayPrior | null } {
  const effectiveCount = priorCount ?? PRIOR_COUNT
  if (prior !== undefined) {
    return { played: table, prior: { table: readTable(prior), effectiveCount } }
  }
  if (priorHalf) {
    if (table.rows.length < 2)
      throw new ConfigError('--prior-half', ['a table of one row has no halves'])
    const { known, played } = halvesOf(table, seededRandom(seed).split('halves'))
    return { played, prior: { table: known, effectiveCount } }
  }
  if (priorCount !== undefined) {
    throw new ConfigError('--prior-count', ['it needs --prior or --prior-half beside it'])
  }
  return { played: table, prior: null }
}

function invitation(url: string): string {
  return [
    `Serving on ${url} until Ctrl-C:`,
    `  POST ${url}/v1/chat/completions`,
    `  POST ${url}/v1/feedback`,
    `  GET  ${url}/v1/models, /healthz, /readyz, /health, /health/slots, /metrics, /routes/explain?decision=ID`,
    'Try it:',
    `  curl -si ${url}/v1/chat/completions \\`,
    `    -H 'content-type: application/json' -d '{"model":"auto","messages":[{"role":"user","content":"What is 12 * 7?"}]}'`,
    'and say what the answer was worth, with its x-holdfast-decision:',
    `  curl -s ${url}/v1/feedback -H 'content-type: application/json' -d '{"decisionId":"ID","quality":1}'`,
    '',
  ].join('\n')
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    const { address, port } = error as unknown as { address: string; port: number }
    return `${address}:${port} is taken by another program: stop it, or choose another port with --port`
  }
  // What the user did wrong needs no stack; a bug does.
  return 'code' in error ? error.message : (error.stack ?? error.message)
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/**
 * A replay with one process repeats with its seed if requests come one by one; several are to have something to do, and so
 * is one whose upstreams take their time.
 */
function concurrencyFor({ replay: file, scenario, workers = 1 }: Given): number {
  if (workers > 1) return 4 * workers
  return file === undefined || scenario === 'flaky' ? 8 : 1
}
