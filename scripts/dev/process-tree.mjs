// One program at a time in the foreground, and an end that leaves nothing of it running.
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const GRACE_MS = 10_000
const CTRL_C_WAIT_MS = 3_000
const windows = process.platform === 'win32'

// Every program below inherits this mark, so it is found even when the parent it had is gone. A dev.mjs
// that runs below another one adds its own.
const MARK = 'HOLDFAST_DEV_TREE'
const mark = randomUUID()

/** The environment of everything started from here. */
export const env = { ...process.env, [MARK]: `${process.env[MARK] ?? ''} ${mark}` }

let child
let stopped

/**
 * Runs a program, waits for it, and answers its exit code. When we are told to stop meanwhile, it ends
 * the whole tree and then this process, and never answers.
 */
export async function run(command, args, options, onOutput) {
  if (stopped) return await new Promise(() => {})
  child = spawn(command, args, { env, stdio: 'inherit', shell: windows, ...options })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', onOutput)
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`dev: ${command}: ${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
  child = undefined
  return stopped ? await endTree(code) : code
}

function stop(signal) {
  if (stopped) return
  stopped = signal
  sleep(GRACE_MS).then(killTree)
  if (child === undefined) void endTree(128 + constants.signals[signal])
  else if (windows) killTree()
  // Ctrl-C reaches the child by itself, and a second one could cut its clean end short. This is for a
  // SIGINT that was sent to us alone.
  else if (signal === 'SIGINT') sleep(CTRL_C_WAIT_MS).then(() => child?.kill('SIGTERM'))
  else child.kill('SIGTERM')
}

/** The child is gone; asks what it left behind to go too, waits until it has, and exits. */
async function endTree(code) {
  for (const pid of livePids()) send(pid, 'SIGTERM')
  while (livePids().size > 0) await sleep(50)
  // Node.js aborts when it sets back a terminal that is gone, and prints its stack.
  if (stopped === 'SIGHUP' && !windows) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}

function killTree() {
  if (windows && child) spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'])
  for (const pid of livePids()) send(pid, 'SIGKILL')
}

function send(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // ESRCH: it ended first, which is what we wanted.
  }
}

/** Every live process started below this one: by its mark on Linux, by its parents anywhere. */
function livePids() {
  const parents = new Map()
  const found = new Set()
  if (process.platform === 'linux') {
    for (const pid of readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)) {
      try {
        const { state, parent } = statOf(pid)
        if (state === 'Z') continue
        parents.set(pid, parent)
        if (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)) found.add(pid)
      } catch {
        // It ended while we looked, or it belongs to another user.
      }
    }
  } else if (!windows) {
    const ps = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    for (const line of ps.stdout.trim().split('\n')) {
      parents.set(...line.trim().split(/\s+/).map(Number))
    }
    parents.delete(ps.pid)
  }
  for (let before = -1; before < found.size;) {
    before = found.size
    for (const [pid, parent] of parents) {
      if (parent === process.pid || found.has(parent)) found.add(pid)
    }
  }
  return found
}

function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state, parent: Number(parent) }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal))

// npm runs this below a shell. A SIGTERM to npm ends the shell, a SIGKILL ends npm only, and nobody tells
// us: we only see that those above us are other ones now.
const above = ancestors()
setInterval(() => ancestors() === above || stop('SIGTERM'), 250).unref()

function ancestors() {
  const isBelowNpm = process.platform === 'linux' && process.env.npm_lifecycle_event !== undefined
  try {
    return `${process.ppid} ${isBelowNpm ? statOf(process.ppid).parent : ''}`
  } catch {
    return 'gone' // The parent ended between the two looks.
  }
}
