import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { serverCloser } from './node.ts'
import { pledge } from './pledge.ts'

/** A server that answers as it is told, and how to end it. */
interface Served {
  readonly server: Server
  readonly close: (signal?: AbortSignal) => Promise<void>
  readonly open: () => Socket
}

type Serve = (answer: RequestListener) => Promise<Served>

const portOf = (server: Server): number => (server.address() as AddressInfo).port
const plain = (server: Server) => (): Socket => connect(portOf(server), '127.0.0.1')

const onNode: Serve = async (answer) => {
  const server = createServer(answer)
  const close = serverCloser(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, close, open: plain(server) }
}

const onFastify: Serve = async (answer) => {
  const app = fastify()
  app.get('/', (request, reply) => {
    reply.hijack()
    answer(request.raw, reply.raw)
  })
  const closeServer = serverCloser(app.server)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const close = async (signal?: AbortSignal): Promise<void> => {
    await closeServer(signal)
    await app.close()
  }
  return { server: app.server, close, open: plain(app.server) }
}

/** With a key that both sides know beforehand, so that no certificate is needed. */
const onTls: Serve = async (answer) => {
  const psk = Buffer.from('holdfast')
  const suite = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const
  const server = createTlsServer({ ...suite, pskCallback: () => psk }, answer)
  const close = serverCloser(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const open = (): Socket =>
    connectTls({
      ...suite,
      port: portOf(server),
      host: '127.0.0.1',
      pskCallback: () => ({ psk, identity: 'test' }),
      checkServerIdentity: () => undefined,
    })
  return { server, close, open }
}

const GET = 'GET / HTTP/1.1\r\nhost: test\r\n\r\n'

/** A client that keeps its connection until the server lets go of it. */
function client(socket: Socket) {
  let heard = ''
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString()))
  // A connection that is cut has an error; what was heard before tells the rest.
  socket.on('error', () => {})
  const gone = once(socket, 'close').then(() => heard)
  const hears = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await once(socket, 'data')
  }
  return { socket, gone, hears, ask: () => void socket.write(GET) }
}

const clients: Socket[] = []
const servers: Server[] = []
afterEach(() => {
  for (const socket of clients.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Each request waits until the test answers it. */
async function started(serve: Serve) {
  const asked: Parameters<RequestListener>[1][] = []
  let told = pledge<void>()
  const served = await serve((_request, response) => {
    asked.push(response)
    told.resolve()
    told = pledge()
  })
  servers.push(served.server)
  /** The answers that are wanted, once there are as many. */
  const wanted = async (count: number): Promise<typeof asked> => {
    while (asked.length < count) await told.promise
    return asked
  }
  const opened = (): ReturnType<typeof client> => {
    const socket = served.open()
    clients.push(socket)
    return client(socket)
  }
  return { ...served, wanted, opened }
}

describe.each([
  ['node:http', onNode],
  ['node:https', onTls],
  ['Fastify', onFastify],
])('a server of %s that is closed', (_name, serve) => {
  it('answers what is under way, says that it was the last answer, and lets go', async () => {
    const { close, opened, wanted } = await started(serve)
    const busy = opened()
    busy.ask()
    const [response] = await wanted(1)
    const closed = close()
    response?.end('done')
    const heard = await busy.gone
    expect(heard).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(heard).toMatch(/\r\nconnection: close\r\n/i)
    expect(heard).toMatch(/done/)
    await closed
  })

  it('takes no further connection meanwhile', async () => {
    const { close, opened, server, wanted } = await started(serve)
    const busy = opened()
    busy.ask()
    const [response] = await wanted(1)
    const closed = close()
    expect(server.listening).toBe(false)
    response?.end('done')
    await closed
  })

  it('lets go at once of a connection that waits for its next request', async () => {
    const { close, opened, wanted } = await started(serve)
    const idle = opened()
    idle.ask()
    const [response] = await wanted(1)
    response?.end('done')
    await idle.hears('done')
    await close()
    expect(await idle.gone).not.toMatch(/connection: close/i)
  })

  it('lets go at once of a connection on which nothing was ever asked', async () => {
    const { close, opened, wanted } = await started(serve)
    const silent = opened()
    await once(silent.socket, serve === onTls ? 'secureConnect' : 'connect')
    // When a later one is answered, the server has seen the earlier one too.
    const busy = opened()
    busy.ask()
    const [response] = await wanted(1)
    const closed = close()
    expect(await silent.gone).toBe('')
    response?.end('done')
    await closed
  })

  it('ends a stream that had begun, and then lets go of its connection', async () => {
    const { close, opened, wanted } = await started(serve)
    const busy = opened()
    busy.ask()
    const [response] = await wanted(1)
    response?.write('first part')
    await busy.hears('first part')
    const closed = close()
    response?.end('last part')
    expect(await busy.gone).toMatch(/last part\r\n0\r\n\r\n$/)
    await closed
  })

  it('does not cut an answer that its client is still reading', async () => {
    const { close, opened, wanted } = await started(serve)
    const slow = opened()
    slow.ask()
    const [response] = await wanted(1)
    slow.socket.pause()
    // More than the system holds for a connection.
    response?.end(Buffer.alloc(30_000_000, 'x'))
    const closed = close()
    slow.socket.resume()
    expect((await slow.gone).split('\r\n\r\n')[1]).toHaveLength(30_000_000)
    await closed
  })

  it('answers requests that were sent one after another without waiting', async () => {
    const { close, opened, wanted } = await started(serve)
    const busy = opened()
    busy.ask()
    busy.ask()
    const [one, other] = await wanted(2)
    const closed = close()
    other?.end('other')
    one?.end('one')
    expect(await busy.gone).toMatch(/one[^]*connection: close[^]*other/i)
    await closed
  })

  it('cuts everything off when the signal says so', async () => {
    const { close, opened, wanted } = await started(serve)
    const cut = new AbortController()
    const busy = opened()
    busy.ask()
    const [response] = await wanted(1)
    response?.write('first part')
    await busy.hears('first part')
    const closed = close(cut.signal)
    cut.abort()
    expect(await busy.gone).not.toContain('last part')
    await closed
    await close(AbortSignal.abort())
  })

  it('is closed once, however often it is asked to', async () => {
    const { close, server } = await started(serve)
    await Promise.all([close(), close()])
    await close()
    expect(server.listening).toBe(false)
  })
})

describe('a server that is closed', () => {
  it('answers a client that keeps connections, over one of which it has asked before', async () => {
    const { close, server, wanted } = await started(onNode)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async (): Promise<IncomingMessage> => {
      const [answer] = (await once(
        get({ port: portOf(server), host: '127.0.0.1', agent }),
        'response',
      )) as [IncomingMessage]
      return answer
    }
    const first = ask()
    const [response] = await wanted(1)
    response?.end('one')
    await once((await first).resume(), 'end')
    const second = ask()
    const [, last] = await wanted(2)
    const closed = close()
    last?.end('other')
    expect((await second).resume().headers['connection']).toBe('close')
    await closed
  })

  it('is done at once when it never listened', async () => {
    await expect(serverCloser(createServer())()).resolves.toBeUndefined()
  })

  it('waits for what is under way also when others have closed it before', async () => {
    const { close, opened, server, wanted } = await started(onNode)
    const busy = opened()
    busy.ask()
    const [response] = await wanted(1)
    server.close()
    const closed = close()
    response?.end('done')
    expect(await busy.gone).toContain('done')
    await closed
  })
})
