#!/usr/bin/env node
// Entry point of every root script. Needs only Node >= 18 and npm; see README.md.
//
//   node scripts/dev.mjs setup            toolchain + dependencies
//   node scripts/dev.mjs start [args]     setup, build, then the server app
//   node scripts/dev.mjs test  [args]     setup, then lint, typecheck and tests
//   node scripts/dev.mjs turbo <args>     setup, then turbo
//   node scripts/dev.mjs exec <cmd> ...   setup, then any command of node_modules/.bin
//   node scripts/dev.mjs clean            remove everything that setup and build made
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const toolchain = join(root, 'toolchain')
const MINIMUM_NODE = [22, 18]
const windows = process.platform === 'win32'

const env = {
  ...process.env,
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
}
// What `npm run` says about its own invocation would mislead the npm and pnpm started from here.
for (const name of Object.keys(env)) {
  if (
    /^npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(local|global)_prefix$)/i.test(
      name,
    )
  )
    delete env[name]
}
// pnpm reads .npmrc files but not npm's environment variables.
if (env.npm_config_registry) env.PNPM_CONFIG_REGISTRY ??= env.npm_config_registry

function fail(message) {
  process.stderr.write(`dev: ${message}\n`)
  process.exit(1)
}

function must(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  })
  if (result.error) fail(`${command}: ${result.error.message}`)
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Runs `work` unless the files it depends on are as they were when it last succeeded. */
function once(stamp, files, outputs, work) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  const digest = hash.digest('hex')
  const path = join(root, stamp)
  const current = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (current === digest && outputs.every((o) => existsSync(join(root, o)))) return
  rmSync(path, { force: true })
  work()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, digest)
}

function satisfies([major, minor]) {
  return major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])
}

function setup() {
  const inputs = ['toolchain/package.json', 'toolchain/package-lock.json']
  const modules = join(toolchain, 'node_modules')
  const exe = `@pnpm/exe.${process.platform}-${process.arch}`
  once('toolchain/node_modules/.stamp', inputs, ['toolchain/node_modules'], () => {
    process.stdout.write('dev: fetching Node.js and pnpm (toolchain/package-lock.json)\n')
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    must('npm', ['ci', ...quiet], { cwd: toolchain, shell: windows })
    if (!existsSync(join(modules, exe))) {
      const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
      const wanted = packageManager.replace(/^pnpm@/, `${exe}@`)
      must('npm', ['install', '--no-save', '--no-package-lock', ...quiet, wanted], {
        cwd: toolchain,
        shell: windows,
      })
    }
  })
  const platform = windows ? 'win' : process.platform
  const path = [join(modules, exe), join(root, 'node_modules', '.bin')]
  const node = join(modules, `node-${platform}-${process.arch}`, 'bin')
  if (existsSync(node)) path.unshift(node)
  else if (!satisfies(process.versions.node.split('.').map(Number))) {
    fail(
      `no Node.js package for ${process.platform}-${process.arch}; install Node.js >= ${MINIMUM_NODE.join('.')} yourself`,
    )
  }
  const key = Object.keys(env).find((k) => k.toUpperCase() === 'PATH') ?? 'PATH'
  env[key] = [...path, env[key]].join(delimiter)

  const manifests = [
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    'toolchain/package-lock.json',
  ]
  for (const kind of ['packages', 'apps']) for (const m of list(kind)) manifests.push(m)
  once('node_modules/.stamp', manifests, ['node_modules/.pnpm'], () => {
    must('pnpm', ['install', '--frozen-lockfile', '--reporter=append-only'], { shell: windows })
  })
}

function list(kind) {
  return readdirSync(join(root, kind))
    .map((name) => join(kind, name, 'package.json'))
    .filter((file) => existsSync(join(root, file)))
    .toSorted()
}

function clean() {
  for (const dir of ['node_modules', '.turbo', 'toolchain/node_modules'])
    rmSync(join(root, dir), { recursive: true, force: true })
}

/** Runs the last command in the foreground, passing signals and the exit status through. */
function foreground(command, args) {
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit', shell: windows })
  // Ctrl-C reaches the whole process group, the child included; other signals are passed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // `npm start` runs this below a shell; a SIGTERM to npm ends that shell but is not passed on to us.
  const parent = process.ppid
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref()
  child.on('error', (error) => fail(error.message))
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exit(code ?? 1)
  })
}

const [task = 'setup', ...rest] = process.argv.slice(2)
switch (task) {
  case 'setup':
    setup()
    break
  case 'start':
    setup()
    must('turbo', ['run', 'build', '--output-logs=errors-only'], { shell: windows })
    foreground('node', [join('apps', 'server', 'dist', 'main.js'), ...rest])
    break
  case 'test':
    setup()
    foreground('turbo', ['run', 'lint:root', 'typecheck', 'test', ...rest])
    break
  case 'turbo':
    setup()
    foreground('turbo', rest)
    break
  case 'exec':
    setup()
    foreground(rest[0], rest.slice(1))
    break
  case 'clean':
    clean()
    break
  default:
    fail(`unknown task: ${task}`)
}
