import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHealth, createLifecycle } from './index.ts'
import { createHealthHandler, serverCloser } from './node.ts'

/**
 * Serves probes and answers, and stops in order on SIGTERM. Says its address, then each fact of the stop. `/slow` is answered
 * when something is written to standard input. With the argument `hangs` its queue never lets go; with `ignores` its
 * server does not even hear of the stop.
 */
const manner = process.argv[2] ?? 'clean'
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`)

const health = createHealth()
health.add('store', () => 'ok', { everyMs: 1_000 })
health.start()
const answers = createHealthHandler({ health })
const server = createServer((request, response) => {
  if (answers(request, response)) return
  if (request.url === '/slow') {
    process.stdin.once('data', () => response.end('served late'))
    say('asked')
  } else response.end('served')
})
const closeServer = serverCloser(server)
const lifecycle = createLifecycle({
  health,
  drainMs: manner === 'drains' ? 60_000 : 0,
  deadlineMs: manner === 'drains' ? 120_000 : 1_500,
  observe: (fact) => say(fact),
})
lifecycle.onStop('lock', () => say('lock given back'), { after: ['store', 'queue'] })
lifecycle.onStop('store', () => health.stop(), { after: ['server'] })
lifecycle.onStop(
  'queue',
  async (signal) => {
    if (manner === 'hangs')
      await new Promise((_, reject) => signal.addEventListener('abort', reject))
  },
  { after: ['server'], timeoutMs: 300 },
)
lifecycle.onStop('server', async (signal) => {
  await closeServer(signal)
  if (manner === 'ignores') await new Promise(() => {})
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    void lifecycle.stop(signal).then(({ isClean }) => process.exit(isClean ? 0 : 1))
  })
}
server.listen(0, '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }))
