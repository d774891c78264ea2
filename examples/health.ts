/** A service that says how it is, also while a dependency hangs, and that stops in order when it is told to. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHealth, createLifecycle, directoryWritable, textReport } from '@holdfast/health'
import { createHealthHandler, serverCloser } from '@holdfast/health/node'

const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'))
const health = createHealth()
health.add('loop', () => 'ok', { groups: ['live'] })
health.add('data', directoryWritable({ path: directory }))
// This one never answers: it is cut off, and the service goes on without it.
health.add('search', () => new Promise(() => {}), { timeoutMs: 200, onFail: 'degraded' })
health.start()

const answers = createHealthHandler({ health, authorised: () => true })
const server = createServer((request, response) => {
  if (!answers(request, response)) response.end('hello')
})
const closeServer = serverCloser(server)
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const lifecycle = createLifecycle({ health, deadlineMs: 5_000 })
lifecycle.onStop('data', () => rm(directory, { recursive: true }), { after: ['server', 'checks'] })
lifecycle.onStop('checks', () => health.stop())
lifecycle.onStop('server', closeServer)

const ready = await fetch(`${url}/readyz`)
const { status, checks } = (await ready.json()) as ReturnType<typeof health.status>
console.log(`ready: ${ready.status} ${status}`)
console.log(`search: ${checks['search']?.message}`)

const stopped = lifecycle.stop('the example is over')
console.log(`stopping: ${textReport(health.status('ready')).split('\n')[0]}`)
const { isClean, phases } = await stopped
console.log(
  `clean: ${isClean}, ${phases.map(({ name, outcome }) => `${name} ${outcome}`).join(', ')}`,
)
