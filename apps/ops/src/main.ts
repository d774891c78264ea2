#!/usr/bin/env node
import { isatty } from 'node:tty'
import { systemClock, systemRandom } from '@holdfast/seams'
import { main } from './cli.ts'
import { OpsError } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import { TREE } from './tree.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted)
    interrupted.abort(new OpsError('OPS_INTERRUPTED', 'interrupted'))
  })
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  const brought = 'in a checkout, npm run holdfast -- <command> brings its own'
  process.stderr.write(
    `holdfast needs Node.js 22.18 or later, and this is ${process.versions.node}; ${brought}\n`,
  )
  process.exit(EXIT.failed)
}

// What asks is not ours, and knows the variable only.
if (process.argv.includes('--no-color')) process.env['NO_COLOR'] = '1'

const code = await main({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: () => process.stdin,
  stdinIsTerminal: isatty(0),
  clock: systemClock,
  random: systemRandom,
  interrupted: interrupted.signal,
  tree: TREE,
})
process.exitCode = code
// What was told to stop and did not is not waited for.
if (interrupted.signal.aborted || code === EXIT.timeout) process.exit(code)
