// Brings what the repository needs: the pinned Node.js and pnpm through npm, the packages through pnpm.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { env, run } from './process-tree.mjs'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const PACKAGES_NEED = [22, 18]
const LOCK_WAIT_MS = 600_000

const system = process.platform === 'win32' ? 'win' : process.platform
const modules = join(root, 'toolchain', 'node_modules')
const ownNode = join(modules, `node-${system}-${process.arch}`, 'bin')
const pnpm = `@pnpm/exe.${process.platform}-${process.arch}`

export function fail(message) {
  process.stderr.write(`dev: ${message}\n`)
  process.exit(1)
}

/** Runs one step with its output on standard error, and ends with a message that names it if it fails. */
export async function step(name, advice, command, args, options) {
  const { quiet = false, ...others } = options ?? {}
  if (!quiet) process.stderr.write(`dev: ${name}\n`)
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2]
  const heard = []
  const onOutput = (part) => heard.push(part)
  const code = await run(command, args, { cwd: root, stdio, ...others }, onOutput)
  if (code !== 0) for (const part of heard) process.stderr.write(part)
  if (code !== 0) fail(`"${name}" failed (${command} ${args[0]} exited ${code}): ${advice}`)
}

/**
 * Does what is missing, and puts the toolchain on the PATH of everything started from here. With
 * HOLDFAST_NODE=system that is without the pinned Node.js, to test on another one.
 */
export async function setup() {
  cleanEnvironment()
  await once(
    'toolchain/node_modules',
    ['toolchain/package.json', 'toolchain/package-lock.json'],
    fetchToolchain,
  )
  const path = [join(modules, pnpm), join(root, 'node_modules', '.bin')]
  if (existsSync(ownNode) && env.HOLDFAST_NODE !== 'system') path.unshift(ownNode)
  else requireSystemNode()
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  env[key] = [...path, env[key]].join(delimiter)
  await once('node_modules', ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()], () =>
    step('install the packages', RETRY, 'pnpm', [
      'install',
      '--frozen-lockfile',
      '--reporter=append-only',
    ]),
  )
}

const RETRY = 'check the network and the npm registry setting, then run npm run setup again'

async function fetchToolchain() {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const cwd = join(root, 'toolchain')
  await step('fetch Node.js and pnpm', RETRY, 'npm', ['ci', ...quiet], { cwd })
  if (existsSync(join(modules, pnpm))) return
  // The lockfile holds pnpm for the systems whose Node.js it holds; elsewhere it comes by its version.
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const wanted = packageManager.replace(/^pnpm/, pnpm)
  const args = ['install', '--no-save', '--no-package-lock', ...quiet, wanted]
  await step('fetch pnpm', RETRY, 'npm', args, { cwd })
}

/** Does `work` unless `folder` was filled from these very files. Its stamp is written last. */
async function once(folder, files, work) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  const digest = hash.digest('hex')
  const stamp = join(root, folder, '.stamp')
  const stamped = () => existsSync(stamp) && readFileSync(stamp, 'utf8')
  if (stamped() === digest) return
  await withLock(async () => {
    if (stamped() === digest) return
    // No stamp, or an empty one: the work was broken off half way, and nothing in there can be trusted.
    if (!stamped()) rmSync(join(root, folder), { recursive: true, force: true })
    else writeFileSync(stamp, '')
    await work()
    mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(stamp, digest)
  })
}

/** One setup at a time in this checkout. The lock is a directory that holds the pid of its holder. */
async function withLock(work) {
  const lock = join(root, '.setup-lock')
  const mine = `${lock}.${process.pid}`
  mkdirSync(mine, { recursive: true })
  writeFileSync(join(mine, 'pid'), String(process.pid))
  for (let waitedMs = 0; !take(mine, lock); waitedMs += 200) {
    const holder = holderOf(lock)
    if (holder !== undefined && !isAlive(holder)) rmSync(lock, { recursive: true, force: true })
    if (waitedMs === 0) process.stderr.write(`dev: waiting for the setup of process ${holder}\n`)
    if (waitedMs > LOCK_WAIT_MS) {
      rmSync(mine, { recursive: true })
      fail(`process ${holder} still holds .setup-lock: end it, or remove .setup-lock`)
    }
    await sleep(200)
  }
  const giveBack = () => rmSync(lock, { recursive: true, force: true })
  process.once('exit', giveBack) // A step that fails ends the process at once.
  await work()
  process.off('exit', giveBack)
  giveBack()
}

/** A directory cannot be renamed onto one that is not empty, so only one of several succeeds. */
function take(mine, lock) {
  try {
    renameSync(mine, lock)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) return false
    throw error
  }
}

function holderOf(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'))
  } catch {
    return undefined // It was given back while we looked.
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Every workspace's package.json and the root's own, as `pnpm-workspace.yaml` names them. */
export function manifests() {
  const [packages, apps] = ['packages', 'apps'].map((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  )
  return ['.', ...packages, ...apps, 'examples', 'bench']
    .map((folder) => `${folder}/package.json`)
    .filter((file) => existsSync(join(root, file)))
}

/** Takes out what `npm run` says about itself: it would mislead the npm and pnpm started from here. */
function cleanEnvironment() {
  const misleading =
    /^npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(local|global)_prefix$)/i
  for (const name of Object.keys(env)) if (misleading.test(name)) delete env[name]
  // pnpm reads .npmrc files, but not npm's variables.
  if (env.npm_config_registry) env.PNPM_CONFIG_REGISTRY ??= env.npm_config_registry
  Object.assign(env, {
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  })
}

function requireSystemNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [needMajor, needMinor] = PACKAGES_NEED
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return
  const need = PACKAGES_NEED.join('.')
  fail(
    `the pinned Node.js is not used on ${process.platform}-${process.arch}: install Node.js >= ${need}, run this again`,
  )
}
