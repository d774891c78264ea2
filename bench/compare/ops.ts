/**
 * How long an operator waits for the `holdfast` command: whole processes, from their start to their end, beside a Node.js that does
 * nothing, on the data directory of a router that runs, with a ledger, a report, a backup and a rollout.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRunTracker, stageFiles } from '@holdfast/run-state'
import { systemClock } from '@holdfast/seams'
import { againstBars } from '../bars.ts'
import { quantile, tellReport } from '../report.ts'

const ROUNDS = 25
const OPS = fileURLToPath(new URL('../../apps/ops/dist/main.js', import.meta.url))
const ROUTER = fileURLToPath(new URL('../../apps/router/dist/main.js', import.meta.url))
/** `status` ends with this when a router goes by no stage, as that of a replay. */
const DEGRADED = 10

const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const dataDir = join(root, 'run')
const { state } = stageFiles(dataDir, 'import')
const tracker = await openRunTracker(state, { createDirectory: true })
await tracker.recordAll([1, 2, 3].map((run) => ({ run, outcome: 'done' })))
await tracker.close()

const router = spawn(
  process.execPath,
  [ROUTER, '--port', '0', '--limit', '2000', '--data-dir', dataDir],
  { stdio: ['ignore', 'ignore', 'pipe'] },
)
const ended = once(router, 'exit')
const said = router.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })
for await (const text of said) {
  if (String(text).includes('Serving on')) break
}
router.stderr.resume()

/** @returns how long it took, in ms. @throws {Error} unless it ended well. */
function run(args: readonly string[]): number {
  const startMs = systemClock.monotonicMs()
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { HOLDFAST_DATA_DIR: dataDir },
    encoding: 'utf8',
  })
  const tookMs = systemClock.monotonicMs() - startMs
  if (status !== 0 && status !== DEGRADED) {
    throw new Error(`${args.join(' ')} exited with ${status}: ${stderr}`)
  }
  return tookMs
}

run([OPS, 'report', 'daily', '--out'])
run([OPS, 'state', 'backup'])
run([OPS, 'promote', 'to', '10', '--reason', 'bench', '--yes'])

const contenders: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['node -e 0', ['-e', '0']],
  ['holdfast --help', [OPS, '--help']],
  ['holdfast status', [OPS, 'status']],
  ['holdfast runs show', [OPS, 'runs', 'show']],
  ['holdfast locks list', [OPS, 'locks', 'list']],
  ['holdfast config show', [OPS, 'config', 'show']],
]
const timed = contenders.map(([name, args]) => ({ name, args, ms: [] as number[] }))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { args, ms } of timed) ms.push(run(args))
}
router.kill('SIGKILL')
await ended
rmSync(root, { recursive: true })

const rows = timed.map(({ name, ms }) => {
  const sorted = ms.toSorted((a, b) => a - b)
  return {
    name,
    p50Ms: Math.round(quantile(sorted, 0.5)),
    p90Ms: Math.round(quantile(sorted, 0.9)),
  }
})
const p50Of = (name: string): number | undefined => rows.find((row) => row.name === name)?.p50Ms
const bars = againstBars({
  'holdfast --help, ms (bar ≤ 150)': p50Of('holdfast --help'),
  'holdfast status, ms (bar ≤ 300)': p50Of('holdfast status'),
})

const what = `whole processes of the built command, in ms: p50 and p90 of ${ROUNDS} rounds, taking turns`
tellReport('ops', { what, rows, bars }, () => {
  console.table(rows)
  console.table(bars)
})
if (Object.values(bars).some(({ bar }) => bar === 'MISSED')) process.exitCode = 1
