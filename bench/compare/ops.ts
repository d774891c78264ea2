/** How long an operator waits for the `holdfast` command: whole processes, from their start to their end, beside a Node.js that does nothing. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRunTracker, stageFiles } from '@holdfast/run-state'
import { systemClock } from '@holdfast/seams'
import { againstBars } from '../bars.ts'
import { quantile, tellReport } from '../report.ts'

const ROUNDS = 25
const HELP_BAR_MS = 150
const MAIN = fileURLToPath(new URL('../../apps/ops/dist/main.js', import.meta.url))

const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const dataDir = join(root, 'run')
const { state } = stageFiles(dataDir, 'import')
const tracker = await openRunTracker(state)
await tracker.recordAll([1, 2, 3].map((run) => ({ run, outcome: 'done' })))
await tracker.close()

const contenders: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['node -e 0', ['-e', '0']],
  ['holdfast --help', [MAIN, '--help']],
  ['holdfast runs show', [MAIN, 'runs', 'show']],
  ['holdfast locks list', [MAIN, 'locks', 'list']],
  ['holdfast config show', [MAIN, 'config', 'show']],
]
const timed = contenders.map(([name, args]) => ({ name, args, ms: [] as number[] }))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { name, args, ms } of timed) {
    const startMs = systemClock.monotonicMs()
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      env: { HOLDFAST_DATA_DIR: dataDir },
      encoding: 'utf8',
    })
    ms.push(systemClock.monotonicMs() - startMs)
    if (status !== 0) throw new Error(`${name} exited with ${status}: ${stderr}`)
  }
}
rmSync(root, { recursive: true })

const rows = timed.map(({ name, ms }) => {
  const sorted = ms.toSorted((a, b) => a - b)
  return {
    name,
    p50Ms: Math.round(quantile(sorted, 0.5)),
    p90Ms: Math.round(quantile(sorted, 0.9)),
  }
})
const helpMs = rows.find(({ name }) => name === 'holdfast --help')?.p50Ms ?? Number.NaN
const bars = againstBars({ [`holdfast --help, ms (bar ≤ ${HELP_BAR_MS})`]: helpMs })

const what = `whole processes of the built command, in ms: p50 and p90 of ${ROUNDS} rounds, taking turns`
tellReport('ops', { what, rows, bars }, () => {
  console.table(rows)
  console.table(bars)
})
if (Object.values(bars).some(({ bar }) => bar === 'MISSED')) process.exitCode = 1
