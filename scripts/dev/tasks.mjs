// The tasks of dev.mjs. Each sets up what is missing first.
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './process-tree.mjs'
import { fail, manifests, root, setup, step } from './setup.mjs'

const HELP = `usage: node scripts/dev.mjs <task>

  setup                fetch Node.js, pnpm and the packages; does nothing when they are there
  start [options]      build and run the router; --help shows its options
  holdfast [command]   build and run the holdfast command; --help shows its commands
  test [turbo options] check and test everything; --force ignores what turbo remembers
  bench [names]        run the programs of bench/compare, or those named
  turbo <arguments>    run turbo
  exec <command> ...   run any command of the toolchain or of node_modules/.bin
  clean                remove all that setup, build and tests have made
`

const CHECKS = [
  'lint',
  'format:check',
  'tidy',
  'knip',
  'typecheck',
  'typecheck:scripts',
  'pack:check',
]

const tasks = {
  setup() {},
  async start(args) {
    await build('@holdfast/router', '@holdfast/ops')
    return await foreground('node', ['apps/router/dist/main.js', ...args])
  },
  async holdfast(args) {
    await build('@holdfast/ops')
    return await foreground('node', ['apps/ops/dist/main.js', ...args])
  },
  test,
  async bench(args) {
    await build('@holdfast/bench^...', '@holdfast/router', '@holdfast/ops')
    return await foreground('node', ['bench/run.ts', ...args])
  },
  turbo: (args) => foreground('turbo', args),
  exec: ([command = 'node', ...args]) => foreground(command, args),
}

export async function runTask(name = 'help', args) {
  if (name === 'clean') clean()
  else if (/^(-h|(--)?help)$/.test(name)) process.stdout.write(HELP)
  else if (!Object.hasOwn(tasks, name)) fail(`unknown task: ${name}\n\n${HELP}`)
  else {
    await setup()
    process.exit(await tasks[name](args))
  }
}

/** Unit tests side by side, then the tests that start processes one at a time, then the sum of both. */
async function test(args) {
  for (const folder of workspaces()) remove(folder, 'test-results')
  const turbo = ['run', '--continue=dependencies-successful']
  const checked = await foreground('turbo', [...turbo, ...CHECKS, 'test', 'test:scripts', ...args])
  const system = ['test:system', 'test:system:scripts', '--concurrency=1']
  const proven = await foreground('turbo', [...turbo, ...system, ...args])
  const state = checked + proven === 0 ? 'passed' : 'failed'
  const part = args.some((arg) => /^(--filter|-F|--affected|--only)/.test(arg)) ? 'part' : 'whole'
  return await foreground('node', ['scripts/test-summary.ts', state, part, ...workspaces()])
}

const foreground = (command, args) => run(command, args, { cwd: root })

/** Quiet unless it fails: what was asked for comes after it. */
function build(...packages) {
  const filters = packages.map((name) => `--filter=${name}`)
  const args = ['run', 'build', ...filters, '--output-logs=errors-only', '--log-order=grouped']
  return step('build', 'the message above says where', 'turbo', args, { quiet: true })
}

const workspaces = () => manifests().map((file) => dirname(file))

const remove = (folder, name) => rmSync(join(root, folder, name), { recursive: true, force: true })

function clean() {
  const made = ['node_modules', 'dist', '.turbo', 'test-results', 'coverage']
  for (const folder of ['toolchain', ...workspaces()]) for (const name of made) remove(folder, name)
  remove('packages/linucb', 'src/kernel-module.generated.ts')
  remove('.', '.setup-lock')
}
