import { spawn } from 'node:child_process'

/**
 * A family of three: this one starts a child, the child starts a grandchild in a session of its own.
 * Arguments: a token that marks the family, `polite` or `stubborn`, and how many are still to come.
 * The stubborn ignore every request to end. The last one says `ready`, and the first one with it says
 * who started it.
 */
const [token = '', manner = 'polite', left = '2'] = process.argv.slice(2)
const isLast = left === '0'

process.stdin.resume()
if (manner === 'stubborn') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
}

if (isLast) process.stdout.write('ready\n')
else {
  const args = [import.meta.filename, token, manner, String(Number(left) - 1)]
  const child = spawn(process.execPath, args, {
    detached: left === '1',
    stdio: ['pipe', 'pipe', 2],
  })
  child.stdout?.on('data', () => {
    process.stdout.write(left === '2' ? `started by ${process.ppid}\n` : 'ready\n')
  })
}
